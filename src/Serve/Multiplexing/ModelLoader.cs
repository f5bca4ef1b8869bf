using Microsoft.Extensions.Logging;
using Serve.Replica;
using Serve.Telemetry;

namespace Serve.Multiplexing;

/// <summary>Calls the user's code that loads a model and that disposes it: on the thread pool, and in the context of no request.</summary>
internal sealed partial class ModelLoader<TModel>(string name, Func<string, CancellationToken, Task<TModel>> load, ModelMeters meters, ReplicaScope scope)
{
    private readonly ILogger _logger = scope.Loggers.CreateLogger("Serve.Multiplexing");

    /// <summary>Loads a model. Never throws.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="before">The end of an earlier one of the same id, or null.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    public Task<(TModel? Model, Exception? Failure)> LoadAsync(string id, Task? before, CancellationToken cancellationToken)
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(() => LoadDetachedAsync(id, before, cancellationToken), CancellationToken.None);
    }

    /// <summary>Disposes a model, where there is one and it can be disposed. Never throws.</summary>
    public Task UnloadAsync(string id, TModel? model)
    {
        if (model is null)
            return Task.CompletedTask;
        using (ExecutionContext.SuppressFlow())
            return Task.Run(() => UnloadDetachedAsync(id, model), CancellationToken.None);
    }

    private async Task<(TModel? Model, Exception? Failure)> LoadDetachedAsync(string id, Task? before, CancellationToken cancellationToken)
    {
        if (before is not null)
            await before;
        var begin = scope.TimeProvider.GetTimestamp();
        RequestContext.Current = new RequestContext($"load of {id}", deadline: null, cancellationToken) { ModelId = id };
        using var span = Tracing.Start(SpanNames.ModelLoad);
        span?.SetTag(TelemetryTags.ModelId, id);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var model = await load(id, cancellationToken) ?? throw new InvalidOperationException($"{name} returned null for the model '{id}'.");
            var time = scope.TimeProvider.GetElapsedTime(begin);
            meters.Loaded(time);
            LogLoaded(_logger, id, time.TotalMilliseconds);
            return (model, null);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            return (default, exception);
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            LogLoadFailed(_logger, exception, id);
            return (default, exception);
        }
    }

    private async Task UnloadDetachedAsync(string id, TModel model)
    {
        var begin = scope.TimeProvider.GetTimestamp();
        try
        {
            if (model is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else
                (model as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            LogUnloadFailed(_logger, exception, id);
        }

        var time = scope.TimeProvider.GetElapsedTime(begin);
        meters.Unloaded(time);
        LogUnloaded(_logger, id, time.TotalMilliseconds);
    }

    [LoggerMessage(EventId = 2500, Level = LogLevel.Information, Message = "Model {Model} loaded in {Milliseconds:0.0} ms")]
    private static partial void LogLoaded(ILogger logger, string model, double milliseconds);

    [LoggerMessage(EventId = 2501, Level = LogLevel.Warning, Message = "Model {Model} could not be loaded")]
    private static partial void LogLoadFailed(ILogger logger, Exception exception, string model);

    [LoggerMessage(EventId = 2502, Level = LogLevel.Information, Message = "Model {Model} unloaded in {Milliseconds:0.0} ms")]
    private static partial void LogUnloaded(ILogger logger, string model, double milliseconds);

    [LoggerMessage(EventId = 2503, Level = LogLevel.Error, Message = "Disposing model {Model} failed; it counts as gone")]
    private static partial void LogUnloadFailed(ILogger logger, Exception exception, string model);
}
