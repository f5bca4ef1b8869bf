using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Specs;

namespace Serve.Testing.Cluster;

/// <summary>What must be true after every step of the controller, whatever has happened.</summary>
internal static class ClusterInvariants
{
    public static void Check(ControllerState state, MemoryStore store)
    {
        var replicas = state.Applications.Values.SelectMany(application => application.Deployments.Values).SelectMany(deployment => deployment.Replicas.Values).ToList();
        CheckReservations(state, replicas);
        CheckOrders(store, [.. replicas, .. state.Absent.Values.SelectMany(absent => absent.Replicas)]);
        CheckApplications(state, store);
        CheckRoutes(state, store);
        CheckStandbys(state);
    }

    private static void CheckReservations(ControllerState state, List<ReplicaState> replicas)
    {
        foreach (var node in state.Nodes.Values)
        {
            var own = replicas.Where(replica => replica.Node == node.Info.Node).ToList();
            Require(node.Replicas.SetEquals(own.Select(replica => replica.Id)), $"{node.Info.Node} lists other replicas than it has");
            var reserved = replicas.SelectMany(replica => replica.Desired.AllReserved(replica.Node)).Where(bundle => bundle.Node == node.Info.Node).ToList();
            Require(node.UsedCpus.Units == reserved.Sum(bundle => bundle.CpuUnits), $"{node.Info.Node} has booked {node.UsedCpus} CPUs");
            Require(node.UsedCpus <= node.Cpus, $"{node.Info.Node} gives {node.UsedCpus} of {node.Info.Cpus} CPUs away");
            Require(node.UsedMemory.Units == reserved.Sum(bundle => bundle.MemoryUnits) && node.UsedMemory <= node.Memory, $"{node.Info.Node} has booked {node.UsedMemory} of {node.Memory} bytes");
            foreach (var name in reserved.SelectMany(bundle => bundle.CustomUnits.Keys).Distinct())
            {
                var amount = reserved.Sum(bundle => bundle.CustomUnits.GetValueOrDefault(name));
                Require(node.UsedCustom.GetValueOrDefault(name).Units == amount && amount <= node.CustomOf(name).Units, $"{node.Info.Node} has booked {node.UsedCustom.GetValueOrDefault(name)} {name}");
            }

            for (var gpu = 0; gpu < node.UsedGpus.Length; gpu++)
            {
                var used = reserved.Where(bundle => bundle.Gpus.Contains(gpu)).Sum(bundle => bundle.GpuUnits);
                Require(node.UsedGpus[gpu].Units == used, $"GPU {gpu} of {node.Info.Node} has booked {node.UsedGpus[gpu]}");
                Require(used <= ResourceAmount.UnitsPerOne, $"GPU {gpu} of {node.Info.Node} is given away {node.UsedGpus[gpu]} times");
            }
        }

        var lost = replicas.Where(replica => !state.Nodes.ContainsKey(replica.Node)).ToList();
        Require(lost.Count == 0, $"{string.Join(", ", lost.Select(replica => replica.Id))} are on nodes that are not there");
    }

    private static void CheckOrders(MemoryStore store, List<ReplicaState> replicas)
    {
        var nodes = store.Entries(ClusterKeys.Nodes).Select(entry => ClusterKeys.SplitNode(entry.Key).Node).Distinct();
        var orders = nodes.SelectMany(node => store.Read<DesiredReplica>($"{ClusterKeys.DesiredOf(node)}replicas/"), (node, order) => (Node: node, Order: order)).ToList();
        var expected = replicas.ToDictionary(replica => (replica.Node, replica.Id));
        Require(expected.Keys.ToHashSet().SetEquals(orders.Select(pair => (pair.Node, pair.Order.Replica))), "the orders in the store are not those of the state");
        foreach (var (node, order) in orders)
        {
            var replica = expected[(node, order.Replica)];
            Require(order.Goal == replica.Desired.Goal && order.SettingsHash == replica.Desired.SettingsHash && order.Version == replica.Desired.Version, $"the order of {order.Replica} differs from the state");
            Require(order.Goal == ReplicaGoal.Run || replica.Phase == ReplicaPhase.Stopping, $"{replica.Id} is told to stop and is {replica.Phase}");
        }
    }

    private static void CheckApplications(ControllerState state, MemoryStore store)
    {
        var records = store.Read<ApplicationRecord>(ClusterKeys.Applications);
        Require(records.Select(record => record.Name).Order(StringComparer.Ordinal).SequenceEqual(state.Applications.Keys), "the applications in the store are not those of the state");
        foreach (var record in records)
        {
            var application = state.Applications[record.Name];
            Require(
                record.Revision == application.Revision && record.IsDeleting == application.IsDeleting
                    && record.Active?.Revision == application.Active?.Revision && record.Previous?.Revision == application.Previous?.Revision,
                $"the record of '{record.Name}' differs from the state");
        }

        var revisions = store.Read<RevisionRecord>(ClusterKeys.Revisions).Select(record => (record.Application, record.Number, record.WasRunning)).ToHashSet();
        Require(
            revisions.SetEquals(state.Applications.Values.SelectMany(application => application.History.Values.Select(revision => (application.Name, revision.Number, revision.WasRunning)))),
            "the revisions in the store are not those of the state");
        foreach (var application in state.Applications.Values)
        {
            Require(application.History.Count <= Reducer.MaxRevisions + 2, $"'{application.Name}' remembers {application.History.Count} revisions");
        }
    }

    private static void CheckRoutes(ControllerState state, MemoryStore store)
    {
        var published = store.Routes();
        Require(published.Select(routes => routes.Application).Order(StringComparer.Ordinal).SequenceEqual(state.Applications.Keys), "the routes in the store are not those of the applications");
        foreach (var routes in published)
        {
            foreach (var route in routes.Deployments.SelectMany(deployment => deployment.Replicas))
            {
                Require(ReplicaId.TryParse(route.Id, out var id), $"'{route.Id}' is no id");
                var replica = state.Find(id.Deployment)?.Replicas.GetValueOrDefault(id);
                Require(replica?.Phase == ReplicaPhase.Running, $"{id} is in the routes and is {replica?.Phase.ToString() ?? "gone"}");
                Require(!replica!.IsStandby, $"{id} is in the routes and stands by");
                Require(replica.Desired.Goal == ReplicaGoal.Run, $"{id} is in the routes and was told to stop");
            }
        }
    }

    /// <summary>Nobody stands by while one too few serve, and nobody is kept ready that was not asked for.</summary>
    private static void CheckStandbys(ControllerState state)
    {
        foreach (var deployment in state.Applications.Values.SelectMany(application => application.Deployments.Values))
        {
            var ready = deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Running).ToList();
            var (serving, spec) = (ready.Count(replica => replica.IsServing), deployment.Target.Spec);
            Require(serving == ready.Count || serving == spec.NumReplicas, $"{deployment.Id} has {serving} replicas that serve, {ready.Count - serving} that stand by, and shall have {spec.NumReplicas}");
            Require(serving == ready.Count || spec.Standbys > 0, $"{deployment.Id} has standbys that nobody asked for");
        }
    }

    private static void Require([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool condition, string problem)
    {
        if (!condition)
            throw new InvalidOperationException($"Broken invariant: {problem}.");
    }
}
