using Serve.Identity;
using Serve.Routing.Load;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>What one process of a node tells of its load, as long as it can be heard.</summary>
internal sealed class LoadLine(LoadBook book, string node, string incarnation) : IDisposable
{
    public string Node { get; } = node;

    public string Incarnation { get; } = incarnation;

    /// <summary>The deployments of which it has told something. The book's, as what follows.</summary>
    public HashSet<DeploymentId> Deployments { get; } = [];

    /// <summary>Whether it has told all it had.</summary>
    public bool IsComplete { get; set; }

    public bool IsClosed { get; set; }

    /// <summary>Asks the program of one of the node's replicas; null where nobody can.</summary>
    public Func<ReplicaId, string, CancellationToken, Task<string?>>? AskReplicaAsync { get; init; }

    public void Take(LoadReport report) => book.Take(this, report);

    public void Dispose() => book.Close(this);
}
