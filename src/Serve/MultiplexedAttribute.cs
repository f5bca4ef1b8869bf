namespace Serve;

/// <summary>
/// Marks the method of a deployment's class that loads one of many models: <c>Task&lt;TModel&gt; LoadAsync(string modelId, CancellationToken)</c>. Requests reach the models
/// through <see cref="Multiplexer"/>, which keeps those used last. A model that is disposable is disposed when it has to go and nobody uses it any more.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MultiplexedAttribute : Attribute
{
    internal const int DefaultMaxModels = 3;

    private int? _maxModels;

    /// <summary>How many models a replica has at most, those included that are being loaded or unloaded; −1 is no bound. Default 3, or no bound with a <see cref="MemoryBudgetBytes"/>.</summary>
    public int MaxModelsPerReplica
    {
        get => _maxModels ?? (MemoryBudgetBytes > 0 ? -1 : DefaultMaxModels);
        set => _maxModels = value;
    }

    /// <summary>How many bytes the models of a replica have together at most, those included that are being loaded or unloaded. Goes with <see cref="SizeOf"/>. Default no bound.</summary>
    public long MemoryBudgetBytes { get; set; }

    /// <summary>
    /// The name of a method of the class that says how many bytes a model needs, before it is loaded: <c>long</c>, of the model's id. The size of its file is a good guess.
    /// Goes with <see cref="MemoryBudgetBytes"/>.
    /// </summary>
    public string? SizeOf { get; set; }
}
