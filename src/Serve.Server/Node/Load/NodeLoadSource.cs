using Serve.Identity;
using Serve.Routing.Load;

namespace Serve.Server.Node.Load;

/// <summary>The routers of one process of the node, as long as it is there.</summary>
internal sealed class NodeLoadSource(NodeLoad load) : IDisposable
{
    /// <summary>Of which deployments it has said something.</summary>
    public HashSet<DeploymentId> Deployments { get; } = [];

    public bool IsEnded { get; set; }

    public void Take(LoadReport report) => load.Take(this, report);

    /// <summary>The replica that the process is has recorded something for scaling policies.</summary>
    public void Record(ReplicaId replica, IReadOnlyDictionary<string, double> values) => load.Record(this, replica, values);

    /// <summary>The replica that has recorded something, or null.</summary>
    public ReplicaId? Recorder { get; set; }

    /// <summary>The process is gone, and what it had under way with it.</summary>
    public void Dispose() => load.End(this);
}
