using Serve.Discovery;
using Serve.Replica;
using Serve.Telemetry;
using Serve.Wire;

namespace Serve.Handles;

/// <summary>
/// The reply of a replica in the same process. As in another process the method runs on the thread pool and for a request of its own; it keeps
/// its slot until it has ended, also where the caller has given up, while the caller does not wait for it then.
/// </summary>
internal sealed class LocalReply(LocalSlot slot, MethodShape method, object?[] arguments, RequestContext request) : CallReply
{
    private bool _isStarted;
    private Observation _observation;
    private RequestContext? _producing;

    public override ValueTask<T> ReadValueAsync<T>(CancellationToken cancellationToken)
    {
        _isStarted = true;
        var running = RunAsync<T>();
        return new ValueTask<T>(cancellationToken.CanBeCanceled ? UnusedResult.WaitAsync(running, cancellationToken) : running);
    }

    public override IAsyncEnumerator<T> ReadItems<T>(CancellationToken cancellationToken)
    {
        _isStarted = true;
        return LocalItems<T>.Start(stop => Produce<T>(stop), FailItems, EndItems, cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        if (!_isStarted)
            slot.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> RunAsync<T>()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var observation = Observation.BeginLocal(slot.Scope, request);
        try
        {
            return await method.AwaitAsync<T>(method.Invoke(slot.Target, method.WithToken(arguments, request.Aborted)));
        }
        catch (Exception exception) when (IsUsers(exception))
        {
            request.Failure = exception;
            throw ToCallers(exception);
        }
        finally
        {
            observation.End(method.Name);
            slot.Dispose();
        }
    }

    private IAsyncEnumerable<T> Produce<T>(CancellationToken stop)
    {
        _producing = request.With(stop);
        _observation = Observation.BeginLocal(slot.Scope, _producing);
        return (IAsyncEnumerable<T>)method.Invoke(slot.Target, method.WithToken(arguments, stop));
    }

    private Exception FailItems(Exception exception)
    {
        if (IsUsers(exception))
            _producing?.Failure = exception;
        return ToCallers(exception);
    }

    private void EndItems()
    {
        if (_producing is not null)
            _observation.End(method.Name);
        slot.Dispose();
    }

    /// <summary>Whether the deployment's own code threw it: not a failure that Serve knows by name, nor the caller's wish to stop.</summary>
    private bool IsUsers(Exception exception) => exception is not ServeException && !(exception is OperationCanceledException && request.Aborted.IsCancellationRequested);

    /// <summary>What the deployment's own code threw looks as if it came from another process.</summary>
    private Exception ToCallers(Exception exception) => IsUsers(exception) ? CallFailure.Of(exception, slot.Deployment).ToException(exception) : exception;
}
