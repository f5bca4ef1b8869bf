namespace Serve.Batching;

/// <summary>The settings of one batched method of one object, which may change while it runs.</summary>
internal sealed class BatchSettings(BatchDeclaration declaration)
{
    private readonly Lock _lock = new();
    private volatile BatchOptions _options = declaration.Options;

    public BatchDeclaration Declaration { get; } = declaration;

    public BatchOptions Options => _options;

    /// <summary>The queue of the method, once there is one.</summary>
    public IBatchQueue? Queue { get; set; }

    /// <exception cref="InvalidOperationException">A setting is out of its range; nothing has changed then.</exception>
    public void Change(Func<BatchOptions, BatchOptions> change)
    {
        lock (_lock)
        {
            var options = Declaration.Check(change(_options));
            if (Declaration.CostOf is null != (options.MaxBatchCost == 0))
                throw Declaration.Wrong($"{nameof(options.MaxBatchCost)} is {options.MaxBatchCost}; it goes with CostOf, which {(Declaration.CostOf is null ? "the attribute does not have" : "the attribute has")}");
            _options = options;
        }

        Queue?.Refresh();
    }
}

/// <summary>What is asked of a queue whatever its items are.</summary>
internal interface IBatchQueue
{
    int Waiting { get; }

    int Running { get; }

    /// <summary>The batches that have started, by their reasons.</summary>
    IReadOnlyDictionary<string, long> Started { get; }

    /// <summary>Looks again what may start: the settings have changed.</summary>
    void Refresh();
}
