using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>What deployments have to do, as far as the leader knows. It reads a clock of its own: all windows end now.</summary>
internal interface ILoadView
{
    /// <summary>The deployments whose load has changed since the last call.</summary>
    IReadOnlyCollection<DeploymentId> TakeChanged();

    /// <summary>What there was in a window that ends now; nothing where nobody has said anything.</summary>
    LoadFigures Over(DeploymentId deployment, TimeSpan window);

    /// <summary>What the requests that run and wait were not more than, for a share of the window's time.</summary>
    double Percentile(DeploymentId deployment, TimeSpan window, double share);

    /// <summary>Whether every node that is there has said what it has to do, since this controller began.</summary>
    bool IsComplete(DeploymentId deployment);
}
