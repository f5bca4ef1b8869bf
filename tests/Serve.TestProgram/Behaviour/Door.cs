namespace Serve.TestProgram.Behaviour;

/// <summary>The ingress of the program that the behaviour suite asks, through a proxy and by itself.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 200)]
public sealed class Door(DeploymentHandle<IRelay> relay, DeploymentHandle<ILeaf> leaf, DeploymentHandle<INarrow> narrow, Journal journal) : IIngress
{
    public Journal Journal => journal;

    public ILeaf Leaf => leaf.Remote;

    public INarrow Narrow => narrow.Remote;

    public IRelay Relay => relay.Remote;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        RequestProbes.Map(endpoints);
        StreamProbes.Map(endpoints);
        CallProbes.Map(endpoints);
        GrpcProbes.Map(endpoints);
        ModelProbes.Map(endpoints);
        endpoints.Map("/socket/echo", SocketProbes.EchoAsync);
        endpoints.Map("/socket/close", SocketProbes.CloseAsync);
        endpoints.Map("/socket/watch", SocketProbes.WatchAsync);
    }
}
