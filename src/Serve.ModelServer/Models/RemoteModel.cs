using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>A model that is a deployment, seen from the one in front.</summary>
internal sealed class RemoteModel(string name, DeploymentHandle<IModel> handle, TimeProvider timeProvider)
{
    /// <summary>What a model takes and gives is asked for by many requests, and changes only with a new revision of the application.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    /// <summary>More versions than a model has: a bound for what clients ask for.</summary>
    private const int MostKept = 64;

    private readonly ConcurrentDictionary<string, Kept> _descriptions = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    public Task<ModelAnswer> InferAsync(ModelRequest request, CancellationToken cancellationToken) => handle.Remote.InferAsync(request, cancellationToken);

    /// <summary>Whether a replica is there and ready. Asking wakes no model that has gone to sleep for want of requests.</summary>
    public async Task<bool> IsReadyAsync(string? version, CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync(remote => remote.IsReadyAsync(version, cancellationToken));
        if (answers.Count > 0 && answers.All(static answer => answer.Exception is not null) && answers[0].Exception is ServeException { Error: ServeError.NoRoute or ServeError.BadRequest } wrong)
            throw wrong;
        return answers.Any(static answer => answer.Exception is null && answer.Value);
    }

    /// <summary>
    /// Why requests for it would fail, or null where they are answered, be it after a start that they wait for: a model that sleeps for want of requests must not make the server
    /// unready, since then nobody would send it the request that wakes it.
    /// </summary>
    public async Task<string?> WhyUnavailableAsync(CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync(remote => remote.IsReadyAsync(version: null, cancellationToken));
        if (answers.Any(static answer => answer.Exception is null && answer.Value))
            return null;
        // Replicas that end while they are asked are as good as gone.
        return answers.FirstOrDefault(static answer => answer.Exception is not (DeploymentUnavailableException or ReplicaLostException)) is { } wrong
            ? wrong.Exception?.Message ?? "no replica of its deployment is ready"
            : await handle.WhyUnavailableAsync(cancellationToken);
    }

    public async Task<ModelDescription> DescribeAsync(string? version, CancellationToken cancellationToken)
    {
        var key = version ?? "";
        if (_descriptions.TryGetValue(key, out var kept) && timeProvider.GetElapsedTime(kept.Since) < KeptFor)
            return kept.Description;
        var description = await handle.Remote.DescribeAsync(version, cancellationToken);
        if (_descriptions.Count >= MostKept)
            _descriptions.Clear();
        _descriptions[key] = new Kept(description, timeProvider.GetTimestamp());
        return description;
    }

    public async Task<JsonObject> GetConfigAsync(string? version, CancellationToken cancellationToken) =>
        JsonNode.Parse(await handle.Remote.GetConfigAsync(version, cancellationToken))!.AsObject();

    /// <summary>What all its replicas have done.</summary>
    public async Task<IReadOnlyList<InferenceStatistics>> GetStatisticsAsync(string? version, CancellationToken cancellationToken) =>
        StatisticsSum.Of(await AskAllAsync(remote => remote.GetStatisticsAsync(version, cancellationToken)));

    /// <summary>Its line in the index.</summary>
    public async Task<ModelIndexLine> GetIndexLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await IsReadyAsync(version: null, cancellationToken))
                return new ModelIndexLine(Name, "", "UNAVAILABLE", await WhyUnavailableAsync(cancellationToken) ?? "no replica of its deployment is ready; a request waits for one");
            return new ModelIndexLine(Name, (await DescribeAsync(version: null, cancellationToken)).Version, "READY", "");
        }
        catch (ServeException exception)
        {
            return new ModelIndexLine(Name, "", "UNAVAILABLE", exception.Message);
        }
    }

    private async Task<IReadOnlyList<BroadcastResult<TResult>>> AskAllAsync<TResult>(Func<IModel, Task<TResult>> ask)
    {
        try
        {
            return await handle.BroadcastAsync(ask);
        }
        catch (DeploymentUnavailableException)
        {
            return [];
        }
    }

    private sealed record Kept(ModelDescription Description, long Since);
}
