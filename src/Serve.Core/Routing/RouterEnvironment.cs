using Serve.Routing.Load;

namespace Serve.Routing;

/// <summary>What the routers of a process are made with.</summary>
/// <param name="Connect">Makes the entry of a replica that appears.</param>
/// <param name="TimeProvider">The clock.</param>
internal sealed record RouterEnvironment(Func<ReplicaRoute, ReplicaEntry> Connect, TimeProvider TimeProvider)
{
    /// <summary>Where the process is.</summary>
    public RouterLocation Location { get; init; } = RouterLocation.Nowhere;

    /// <summary>Who watches the load of its routers; null in a program that serves by itself, whose replicas are as many as they are.</summary>
    public LoadSampler? Sampler { get; init; }

    /// <summary>
    /// Makes a router of the program's own by the full name of its class and its arguments as JSON; null in processes that are not the
    /// program, a proxy for instance.
    /// </summary>
    public Func<string, string?, IRequestRouter>? CreateRouter { get; init; }
}
