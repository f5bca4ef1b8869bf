using System.Collections.Immutable;
using Serve.Server.Controller;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Simulation.Plants;

/// <summary>Puts a bug around the real reducer or the store; the code of the product has no part in it.</summary>
internal static class PlantedBugs
{
    public static IClusterStore Around(IClusterStore store, Plant plant) => plant == Plant.SkipFencing ? new UnfencedStore(store) : store;

    public static Reduction Reduce(Plant plant, ControllerState state, ControllerMessage message, DateTimeOffset now)
    {
        var reduction = plant == Plant.TrustOldIncarnation ? Reducer.Reduce(state, Forge(state, message), now) : Reducer.Reduce(state, message, now);
        return plant switch
        {
            Plant.FreeEarly => reduction with { State = FreeEarly(reduction.State) },
            Plant.ForgetDraining => reduction with { State = ForgetDraining(reduction.State) },
            Plant.RouteToDraining => reduction with { Effects = [.. reduction.Effects.Select(effect => RouteToDraining(effect, reduction.State))] },
            Plant.LoseWakeup => reduction with { State = reduction.State with { Wakeups = reduction.State.Wakeups.Intersect(state.Wakeups) } },
            _ => reduction,
        };
    }

    /// <summary>Books only what is not on its way out.</summary>
    private static ControllerState FreeEarly(ControllerState state)
    {
        foreach (var node in state.Nodes.Values)
        {
            var staying = node.Replicas.Select(id => state.Find(id.Deployment)!.Replicas[id]).Where(replica => replica.Phase != ReplicaPhase.Stopping);
            state = state with { Nodes = state.Nodes.SetItem(node.Info.Node, staying.Aggregate(Reservation.Empty(node.Info), Reservation.Book) with { Replicas = node.Replicas }) };
        }

        return state;
    }

    private static ControllerState ForgetDraining(ControllerState state)
    {
        foreach (var replica in Replicas(state).Where(replica => replica.Phase == ReplicaPhase.Stopping).ToList())
        {
            var application = state.Applications[replica.Id.Deployment.Application];
            var deployment = application.Deployments[replica.Id.Deployment.Name];
            deployment = deployment with { Replicas = deployment.Replicas.Remove(replica.Id) };
            application = application with { Deployments = application.Deployments.SetItem(deployment.Id.Name, deployment) };
            state = state with
            {
                Applications = state.Applications.SetItem(application.Name, application),
                Nodes = Reservation.Release(state.Nodes, replica),
            };
        }

        return state;
    }

    private static Effect RouteToDraining(Effect effect, ControllerState state)
    {
        if (effect is not WriteDeploymentRoutes write || state.Find(write.Deployment) is not { } deployment)
            return effect;
        var awake = deployment.Replicas.Values.Select(replica => replica.Phase == ReplicaPhase.Stopping ? replica with { Phase = ReplicaPhase.Running } : replica);
        return write with { Routes = StoreJson.Write(RouteTableBuilder.Build(deployment with { Replicas = awake.ToImmutableSortedDictionary(replica => replica.Id, replica => replica) }, _ => null)) };
    }

    private static ControllerMessage Forge(ControllerState state, ControllerMessage message) =>
        message is NodeSeen seen && state.Nodes.TryGetValue(seen.Info.Node, out var known) ? new NodeSeen(seen.Info with { Incarnation = known.Info.Incarnation }) : message;

    private static IEnumerable<ReplicaState> Replicas(ControllerState state) =>
        state.Applications.Values.SelectMany(application => application.Deployments.Values).SelectMany(deployment => deployment.Replicas.Values);

    /// <summary>Forgets all conditions but those of taking the lead.</summary>
    private sealed class UnfencedStore(IClusterStore store) : IClusterStore
    {
        public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => store.RangeAsync(prefix, cancellationToken);

        public ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) =>
            store.TxnAsync(txn.Changes.Any(change => change.Key == ClusterKeys.Leader) ? txn : txn with { Conditions = [] }, cancellationToken);

        public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => store.GrantAsync(timeToLive, cancellationToken);

        public ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) => store.KeepAliveAsync(lease, cancellationToken);

        public ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) => store.RevokeAsync(lease, cancellationToken);

        public IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => store.WatchAsync(prefix, fromRevision, cancellationToken);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
