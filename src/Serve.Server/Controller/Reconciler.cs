using Serve.Identity;
using Serve.Server.Store.Records;
using Serve.Specs;

namespace Serve.Server.Controller;

/// <summary>Brings one deployment closer to its target: starts what is missing, stops what is too much, passes changed settings on.</summary>
internal static class Reconciler
{
    public static void Reconcile(Step step, DeploymentId id)
    {
        if (step.State.Find(id) is not { } deployment)
            return;
        var plan = Rollout.Plan(deployment, MayStart(step, deployment), MustStay(step, deployment));
        foreach (var replica in plan.Stop)
            Stop(step, replica);
        if (!deployment.IsDeleting)
            Start(step, id, plan.Start);
        PassSettings(step, id);
    }

    /// <summary>What a step has left to do for an application that it changed: publish its routes, or forget it.</summary>
    public static void Finish(Step step, string name)
    {
        if (step.State.Applications.GetValueOrDefault(name) is not { } before)
            return;
        var application = ForgetEmptyDeployments(before);
        if (application.IsDeleting && application.Deployments.IsEmpty)
        {
            step.State = step.State with { Applications = step.State.Applications.Remove(name) };
            step.Emit(new ForgetRoutes(name));
            step.Emit(new ForgetApplication(name));
            return;
        }

        var routes = StoreJson.Write(RouteTableBuilder.Build(application));
        if (application.PublishedRoutes is null || !application.PublishedRoutes.AsSpan().SequenceEqual(routes))
        {
            application = application with { PublishedRoutes = routes };
            step.Emit(new WriteRoutes(name, routes));
        }

        step.State = step.State with { Applications = step.State.Applications.SetItem(name, application) };
    }

    private static ApplicationState ForgetEmptyDeployments(ApplicationState application)
    {
        var empty = application.Deployments.Values.Where(deployment => deployment.IsDeleting && deployment.Replicas.IsEmpty).Select(deployment => deployment.Id.Name);
        return application with { Deployments = application.Deployments.RemoveRange(empty) };
    }

    private static bool MayStart(Step step, DeploymentState deployment) => deployment.NextStartAt is not { } at || at <= step.Now;

    /// <summary>Whether replicas of an older version may still call the deployment although the program no longer has it.</summary>
    private static bool MustStay(Step step, DeploymentState deployment)
    {
        var application = step.State.Applications[deployment.Id.Application];
        return deployment.IsDeleting && !application.IsDeleting && application.Deployments.Values.Any(
            other => !other.IsDeleting && other.Replicas.Values.Any(replica => replica.Phase != ReplicaPhase.Stopping && replica.Version != other.Target.Version));
    }

    private static void Start(Step step, DeploymentId id, int count)
    {
        string? problem = null;
        for (var i = 0; i < count && problem is null; i++)
        {
            var target = step.State.Find(id)!.Target;
            var placement = Scheduler.Place(step.State.Nodes.Values, target.Spec.Resources);
            problem = placement.Problem;
            if (placement.Node is { } node)
                Start(step, id, target, node, placement);
        }

        step.Put(step.State.Find(id)! with { PlacementProblem = problem });
        step.SetUnplaced(id, isUnplaced: problem is not null);
    }

    private static void Start(Step step, DeploymentId id, DeploymentTarget target, string node, Placement placement)
    {
        var replica = new ReplicaState
        {
            Id = new ReplicaId(id, step.State.Epoch, step.NextNumber()),
            Phase = ReplicaPhase.Starting,
            Node = node,
            CreatedAt = step.Now,
            Desired = null!,
        };
        replica = replica with { Desired = OrderOf(replica.Id, target, step.State.Nodes[node].Info.Incarnation, placement) };
        var deployment = step.State.Find(id)!;
        step.Put(deployment with { Replicas = deployment.Replicas.Add(replica.Id, replica) });
        step.Put(Reservation.Book(step.State.Nodes[node], replica));
        step.Emit(new OrderReplica(node, replica.Desired));
    }

    private static DesiredReplica OrderOf(ReplicaId id, DeploymentTarget target, string incarnation, Placement placement) => new()
    {
        Replica = id,
        Goal = ReplicaGoal.Run,
        Version = target.Version,
        Incarnation = incarnation,
        Program = target.Command,
        EnvVars = target.EnvVars,
        Args = target.Args,
        Settings = target.Settings,
        SettingsHash = target.SettingsHash,
        StartupTimeout = target.Spec.StartupTimeout,
        HealthCheckPeriod = target.Spec.HealthCheckPeriod,
        HealthCheckTimeout = target.Spec.HealthCheckTimeout,
        GracefulShutdownWaitLoop = target.Spec.GracefulShutdownWaitLoop,
        GracefulShutdownTimeout = target.Spec.GracefulShutdownTimeout,
        CpuUnits = target.Spec.Resources.Cpus.Units,
        GpuUnits = Math.Min(target.Spec.Resources.Gpus.Units, ResourceAmount.UnitsPerOne),
        Gpus = placement.Gpus,
    };

    private static void Stop(Step step, ReplicaState replica)
    {
        var deployment = step.State.Find(replica.Id.Deployment)!;
        var stopping = replica with { Phase = ReplicaPhase.Stopping, Desired = replica.Desired with { Goal = ReplicaGoal.Stop } };
        step.Put(deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, stopping) });
        step.Emit(new OrderReplica(replica.Node, stopping.Desired));
    }

    /// <summary>Replicas of the target's version take changed options up in place.</summary>
    private static void PassSettings(Step step, DeploymentId id)
    {
        var deployment = step.State.Find(id)!;
        if (deployment.IsDeleting)
            return;
        var target = deployment.Target;
        foreach (var replica in deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping && replica.Version == target.Version))
        {
            var desired = replica.Desired with
            {
                Settings = target.Settings,
                SettingsHash = target.SettingsHash,
                StartupTimeout = target.Spec.StartupTimeout,
                HealthCheckPeriod = target.Spec.HealthCheckPeriod,
                HealthCheckTimeout = target.Spec.HealthCheckTimeout,
                GracefulShutdownWaitLoop = target.Spec.GracefulShutdownWaitLoop,
                GracefulShutdownTimeout = target.Spec.GracefulShutdownTimeout,
            };
            if (IsSame(desired, replica.Desired))
                continue;
            deployment = deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, replica with { Desired = desired }) };
            step.Emit(new OrderReplica(replica.Node, desired));
        }

        step.Put(deployment);
    }

    /// <summary>The hash stands for the settings; all other parts are values, or the very same objects.</summary>
    private static bool IsSame(DesiredReplica one, DesiredReplica other) => one with { Settings = other.Settings } == other;
}
