namespace Serve;

/// <summary>For whom an object works that has batched methods and is no deployment itself, but a part of one: see <see cref="Batcher.Attach"/>.</summary>
public sealed record BatchOwner
{
    /// <summary>The replica that its metrics are counted for; null: none.</summary>
    public ReplicaContext? Replica { get; init; }

    /// <summary>What metrics call it instead of by the name of its class; null: by that.</summary>
    public string? Name { get; init; }

    /// <summary>The clock by which its items wait; null: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }
}
