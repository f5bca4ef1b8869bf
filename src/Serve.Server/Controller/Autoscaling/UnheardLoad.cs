using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>Nobody says anything of any load: numbers stay within their bounds, and nothing is taken away.</summary>
internal sealed class UnheardLoad : ILoadView
{
    public IReadOnlyCollection<DeploymentId> TakeChanged() => [];

    public LoadFigures Over(DeploymentId deployment, TimeSpan window) => LoadFigures.None;

    public double Percentile(DeploymentId deployment, TimeSpan window, double share) => 0;

    public bool IsComplete(DeploymentId deployment) => false;
}
