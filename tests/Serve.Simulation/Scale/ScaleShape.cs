namespace Serve.Simulation.Scale;

/// <param name="Nodes">Machines.</param>
/// <param name="Replicas">Replicas of all deployments together.</param>
/// <param name="Deployments">Deployments of all applications together.</param>
/// <param name="Applications">Applications, each with as many deployments.</param>
internal sealed record ScaleShape(int Nodes, int Replicas, int Deployments, int Applications)
{
    public int ReplicasOfEach => Replicas / Deployments;

    public int DeploymentsOfEach => Deployments / Applications;

    public override string ToString() => $"{Nodes} nodes, {Replicas} replicas, {Deployments} deployments in {Applications} applications";
}
