using Serve.Identity;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Simulation.World;

/// <summary>What deployments have to do: numbers that somebody draws, the same for the whole window, and known to every controller.</summary>
internal sealed class SimLoads : ILoadView
{
    private const double RunTime = 0.1;

    private readonly SortedDictionary<DeploymentId, int> _requests = [];

    /// <summary>Whether every node has said what it has to do.</summary>
    public bool IsKnown { get; set; } = true;

    public int RequestsOf(DeploymentId deployment) => _requests.GetValueOrDefault(deployment);

    public void Set(DeploymentId deployment, int requests) => _requests[deployment] = requests;

    public IReadOnlyCollection<DeploymentId> TakeChanged() => _requests.Keys;

    public LoadFigures Over(DeploymentId deployment, TimeSpan window)
    {
        double requests = RequestsOf(deployment);
        return new LoadFigures(requests, requests, requests, requests, requests / RunTime, requests / RunTime, requests, 0);
    }

    public double Percentile(DeploymentId deployment, TimeSpan window, double share) => RequestsOf(deployment);

    public bool IsComplete(DeploymentId deployment) => IsKnown;
}
