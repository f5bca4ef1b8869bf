using System.Collections.Immutable;
using Serve.Identity;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Placement;

namespace Serve.Server.Controller.Scheduling;

/// <summary>A node and what is reserved on it.</summary>
internal sealed record NodeState
{
    public required NodeInfo Info { get; init; }

    /// <summary>The CPU that is reserved.</summary>
    public ResourceAmount UsedCpus { get; init; }

    /// <summary>The bytes of memory that are reserved.</summary>
    public ResourceAmount UsedMemory { get; init; }

    /// <summary>What is reserved of each GPU.</summary>
    public required ImmutableArray<ResourceAmount> UsedGpus { get; init; }

    /// <summary>What is reserved of other resources; a name with nothing reserved is not in it.</summary>
    public ImmutableSortedDictionary<string, ResourceAmount> UsedCustom { get; init; } = ResourceBundle.NoCustom;

    /// <summary>The replicas that it has, to find them when it goes.</summary>
    public ImmutableSortedSet<ReplicaId> Replicas { get; init; } = [];

    /// <summary>The replicas of other nodes that have reserved a bundle here.</summary>
    public ImmutableSortedSet<ReplicaId> Guests { get; init; } = [];

    /// <summary>Whether its replicas move away, so that it gets no others.</summary>
    public bool IsEmptying { get; init; }

    public bool IsIdle => Replicas.IsEmpty && Guests.IsEmpty;

    public ResourceAmount Cpus => ResourceAmount.From(Info.Cpus);

    public ResourceAmount Memory => ResourceAmount.From(Info.MemoryBytes);

    public ResourceAmount FreeCpus => Cpus - UsedCpus;

    public ResourceAmount FreeMemory => Memory - UsedMemory;

    public ResourceAmount CustomOf(string name) => Info.Resources.TryGetValue(name, out var amount) ? ResourceAmount.From(amount) : ResourceAmount.Zero;

    public ResourceAmount FreeCustomOf(string name) => CustomOf(name) - UsedCustom.GetValueOrDefault(name);
}
