namespace Serve.TestProgram.Behaviour;

/// <summary>The ingress of the program that the behaviour suite asks, through a proxy and by itself.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 200)]
public sealed class Door(
    DeploymentHandle<IRelay> relay, DeploymentHandle<ILeaf> leaf, DeploymentHandle<INarrow> narrow, DeploymentHandle<ILane> lane,
    DeploymentHandle<IShelf> shelf, IDeploymentHandles handles, Journal journal) : IIngress
{
    public Journal Journal => journal;

    public DeploymentHandle<IRelay> RelayHandle => relay;

    public DeploymentHandle<ILeaf> LeafHandle => leaf;

    public DeploymentHandle<INarrow> NarrowHandle => narrow;

    public DeploymentHandle<IShelf> ShelfHandle => shelf;

    public ILeaf Leaf => leaf.Remote;

    public INarrow Narrow => narrow.Remote;

    public IRelay Relay => relay.Remote;

    public ILane Lane => lane.Remote;

    public INarrowDoor Other(string application) => handles.Get<INarrowDoor>(application, nameof(NarrowDoor)).Remote;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        RequestProbes.Map(endpoints);
        StreamProbes.Map(endpoints);
        CallProbes.Map(endpoints);
        HandleProbes.Map(endpoints);
        ShelfProbes.Map(endpoints);
        GrpcProbes.Map(endpoints);
        ModelProbes.Map(endpoints);
        endpoints.Map("/socket/echo", SocketProbes.EchoAsync);
        endpoints.Map("/socket/close", SocketProbes.CloseAsync);
        endpoints.Map("/socket/watch", SocketProbes.WatchAsync);
    }
}
