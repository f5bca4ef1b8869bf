using Serve.Routing;
using Serve.Server.Store.Records;

namespace Serve.Simulation.Flapping;

/// <summary>A process of the simulation: it runs requests, drains and ends.</summary>
internal sealed class SimReplica(DesiredReplica order)
{
    public DesiredReplica Order => order;

    public bool IsReady { get; set; }

    public bool IsDraining { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>The requests that it runs.</summary>
    public int Running { get; set; }

    /// <summary>How the router knows it, once it does.</summary>
    public RoutedReplica? Routed { get; set; }
}

/// <summary>The router's view of a simulated replica.</summary>
internal sealed class RoutedReplica(string id) : ReplicaEntry(id)
{
    protected override void Close()
    {
        // There are no connections.
    }
}
