namespace Serve.Simulation.World;

/// <param name="Nodes">The most machines that a run has.</param>
/// <param name="Replicas">The most replicas that a deployment asks for.</param>
internal sealed record ClusterSize(int Nodes, int Replicas)
{
    public static readonly ClusterSize Default = new(Nodes: 3, Replicas: 4);
}
