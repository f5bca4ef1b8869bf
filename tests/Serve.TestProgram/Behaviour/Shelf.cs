namespace Serve.TestProgram.Behaviour;

/// <summary>A deployment with many models, and with methods that work on many items at once.</summary>
public interface IShelf
{
    Task<string> AskAsync(CancellationToken cancellationToken);

    Task<string> TogetherAsync(string item, CancellationToken cancellationToken);

    Task<string> SoonAsync(string item, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IShelf"/>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 100)]
public sealed class Shelf(Journal journal) : IShelf
{
    private int _loads;

    public async Task<string> AskAsync(CancellationToken cancellationToken)
    {
        using var model = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
        return $"{model.Model.Id}, load {model.Model.Load}";
    }

    public Task<string> TogetherAsync(string item, CancellationToken cancellationToken) => Batcher.RunAsync(TogetherManyAsync, item, cancellationToken);

    public Task<string> SoonAsync(string item, CancellationToken cancellationToken) => Batcher.RunAsync(SoonManyAsync, item, cancellationToken);

    /// <summary>Three at a time: two wait for a third as good as for ever.</summary>
    [Batch(MaxBatchSize = 3, BatchWaitTimeoutSeconds = 600)]
    public async Task<IReadOnlyList<string>> TogetherManyAsync(IReadOnlyList<string> items, CancellationToken cancellationToken)
    {
        if (items.FirstOrDefault(item => item.StartsWith("bad", StringComparison.Ordinal)) is { } bad)
            throw new FormatException($"{bad} is bad");
        foreach (var item in items.Where(item => item.StartsWith("held-", StringComparison.Ordinal)))
        {
            journal.Write(item["held-".Length..], "batch-started");
            await journal.WhenReleasedAsync(item["held-".Length..], cancellationToken);
        }

        var all = $"{ServeRequest.ModelId}: {string.Join(' ', items.Order(StringComparer.Ordinal))}";
        return [.. items.Select(_ => all)];
    }

    /// <summary>A batch that is not full waits a moment, and starts.</summary>
    [Batch(MaxBatchSize = 100, BatchWaitTimeoutSeconds = 0.05)]
    public Task<IReadOnlyList<string>> SoonManyAsync(IReadOnlyList<string> items, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. items.Select(item => $"{item} of {items.Count}")]);

    [Multiplexed(MaxModelsPerReplica = 2)]
    public async Task<Model> LoadAsync(string id, CancellationToken cancellationToken)
    {
        journal.Write(id, "loading");
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        return new Model(id, Interlocked.Increment(ref _loads), journal);
    }
}

/// <summary>Tells when it goes.</summary>
public sealed class Model(string id, int load, Journal journal) : IDisposable
{
    public string Id { get; } = id;

    /// <summary>Which load of the replica it was.</summary>
    public int Load { get; } = load;

    public void Dispose() => journal.Write(Id, "unloaded");
}
