using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Simulation.Plants;
using Serve.Specs;
using Serve.Testing.Cluster;

namespace Serve.Simulation.World;

/// <summary>What must be true at all times.</summary>
internal sealed class ClusterRules(SimCluster cluster)
{
    private readonly Dictionary<DeploymentId, int> _floors = [];

    /// <summary>Processes never use more than their machine has, whoever still knows of them.</summary>
    public static void CheckCapacity(SimNode node)
    {
        var alive = node.Alive.ToList();
        if (alive.Sum(process => process.Order.CpuUnits) > ResourceAmount.From(node.Cpus).Units)
            throw new Violation("capacity", $"{node.Name} has {node.Cpus} CPUs and runs {string.Join(", ", alive.Select(process => $"{process.Order.Replica} ({new ResourceAmount(process.Order.CpuUnits)})"))}");
        for (var gpu = 0; gpu < node.Gpus; gpu++)
        {
            var users = alive.Where(process => process.Order.Gpus.Contains(gpu)).ToList();
            if (users.Sum(process => process.Order.GpuUnits) > ResourceAmount.UnitsPerOne)
                throw new Violation("capacity", $"GPU {gpu} of {node.Name} is used by {string.Join(", ", users.Select(process => process.Order.Replica))}");
        }
    }

    /// <summary>Whatever a controller has written: who is told to stop is in no route.</summary>
    public void CheckPublished()
    {
        var memory = cluster.Store.Memory;
        var leaving = cluster.Nodes.SelectMany(node => memory.Read<DesiredReplica>(ClusterKeys.DesiredReplicasOf(node.Name)))
            .Where(order => order.Goal == ReplicaGoal.Stop).Select(order => order.Replica.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var route in memory.Routes().SelectMany(routes => routes.Deployments).SelectMany(deployment => deployment.Replicas))
        {
            if (leaving.Contains(route.Id))
                throw new Violation("routes", $"{route.Id} is told to stop and is in the routes");
        }
    }

    /// <summary>What the leader believes is what the store has, and adds up.</summary>
    public void CheckState(ControllerState state)
    {
        // A bug that was put in must be found by what it does, not by the books that it forges.
        if (cluster.Plant == Plant.None)
            CheckBooks(state);
        if (cluster.Faults.IsCalm)
            CheckFloors(state);
        CheckBounds(state);
    }

    /// <summary>A number that follows the load never leaves its bounds.</summary>
    private static void CheckBounds(ControllerState state)
    {
        foreach (var deployment in state.Applications.Values.SelectMany(application => application.Deployments.Values))
        {
            if (deployment is { IsDeleting: false, Target.Spec: { Autoscaling: { } bounds, NumReplicas: var number } } && (number < bounds.MinReplicas || number > bounds.MaxReplicas))
                throw new Violation("bounds", $"{deployment.Id} shall have {number} replicas, and no fewer than {bounds.MinReplicas} or more than {bounds.MaxReplicas}");
        }
    }

    private void CheckBooks(ControllerState state)
    {
        try
        {
            ClusterInvariants.Check(state, cluster.Store.Memory);
        }
        catch (InvalidOperationException exception)
        {
            throw new Violation("state", exception.Message);
        }
    }

    /// <summary>Where no replica is taken away by force, what once was there as declared never gets less.</summary>
    private void CheckFloors(ControllerState state)
    {
        var staying = state.Applications.Values.Where(application => !application.IsDeleting)
            .SelectMany(application => application.Deployments.Values).Where(deployment => !deployment.IsDeleting).ToDictionary(deployment => deployment.Id);
        foreach (var gone in _floors.Keys.Except(staying.Keys).ToList())
            _floors.Remove(gone);
        var serving = cluster.Alive.Where(process => process.IsServing).Select(process => process.Order.Replica.ToString()).ToHashSet(StringComparer.Ordinal);
        var routed = cluster.Store.Memory.Routes().ToDictionary(routes => routes.Application, StringComparer.Ordinal);
        foreach (var (id, deployment) in staying)
        {
            var declared = deployment.Target.Spec.NumReplicas;
            var ready = routed[id.Application].Deployments.Single(routes => routes.Name == id.Name).Replicas.Count(route => serving.Contains(route.Id));
            if (_floors.TryGetValue(id, out var floor) && ready < Math.Min(floor, declared))
                throw new Violation("floor", $"{id} has {ready} ready replicas in its routes, less than the {Math.Min(floor, declared)} that it had");
            if (ready >= declared || floor > declared)
                _floors[id] = declared;
        }
    }
}
