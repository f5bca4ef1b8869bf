using System.Collections.Concurrent;
using Serve.Identity;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Testing.Cluster;

/// <summary>Loads that a test makes up: what it says of a deployment holds for the whole window.</summary>
internal sealed class FakeLoad : ILoadView
{
    private readonly ConcurrentDictionary<DeploymentId, LoadFigures> _figures = new();
    private readonly ConcurrentQueue<DeploymentId> _changed = new();

    /// <summary>Whether every node has said what it has to do.</summary>
    public bool IsKnown { get; set; } = true;

    public void Set(string application, string deployment, LoadFigures figures)
    {
        var id = new DeploymentId(application, deployment);
        _figures[id] = figures;
        _changed.Enqueue(id);
    }

    /// <summary>So many requests are there all the time, and each runs as long.</summary>
    public static LoadFigures Steady(double requests, double seconds = 0.1) => new(requests, requests, requests, requests, requests / seconds, requests / seconds, requests, 0);

    /// <summary>So many requests wait all the time, and none runs.</summary>
    public static LoadFigures Waiting(double requests) => new(requests, requests, requests, MeanRunning: 0, Arrivals: 0, Completions: 0, Running: 0, Queued: requests);

    public IReadOnlyCollection<DeploymentId> TakeChanged()
    {
        var changed = new HashSet<DeploymentId>();
        while (_changed.TryDequeue(out var id))
            changed.Add(id);
        return changed;
    }

    public LoadFigures Over(DeploymentId deployment, TimeSpan window) => _figures.GetValueOrDefault(deployment);

    public double Percentile(DeploymentId deployment, TimeSpan window, double share) => _figures.GetValueOrDefault(deployment).Max;

    public bool IsComplete(DeploymentId deployment) => IsKnown;
}
