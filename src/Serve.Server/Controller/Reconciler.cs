using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>Brings one deployment closer to its target: starts what is missing, stops what is too much, passes changed settings on.</summary>
internal static class Reconciler
{
    /// <summary>Does so for a deployment, and for those of its application that wait for others before they go.</summary>
    public static void Reconcile(Step step, DeploymentId id)
    {
        ReconcileOne(step, id);
        if (step.State.Applications.GetValueOrDefault(id.Application) is not { } application)
            return;
        ReconcileLeaving(step, application, id.Name);
    }

    /// <summary>Does so for all deployments of an application.</summary>
    public static void ReconcileAll(Step step, string name)
    {
        if (step.State.Applications.GetValueOrDefault(name) is not { } before)
            return;
        foreach (var deployment in before.Deployments.Keys)
            ReconcileOne(step, new DeploymentId(name, deployment));
        if (step.State.Applications.GetValueOrDefault(name) is { } application)
            ReconcileLeaving(step, application, but: null);
    }

    /// <summary>Those of a deleted application wait for nobody.</summary>
    private static void ReconcileLeaving(Step step, ApplicationState application, string? but)
    {
        if (application.IsDeleting)
            return;
        foreach (var name in step.LeavingOf(application).Where(name => name != but).ToList())
            ReconcileOne(step, new DeploymentId(application.Name, name));
    }

    private static void ReconcileOne(Step step, DeploymentId id)
    {
        if (step.State.Find(id) is not { } deployment)
        {
            step.SetUnplaced(id, isUnplaced: false);
            return;
        }

        deployment = Refresh(step, deployment);
        var plan = Rollout.Plan(deployment, step.Now, MustStay(step, deployment), step.State.Nodes);
        foreach (var replica in plan.Stop)
            Stop(step, replica);
        var problem = Start(step, id, deployment.Target, plan.Start);
        if (deployment.Fallback is { } fallback)
            problem = Start(step, id, fallback.Target, plan.StartFallback) ?? problem;
        step.Put(step.State.Find(id)! with { PlacementProblem = problem });
        step.SetUnplaced(id, isUnplaced: problem is not null);
        AssignRoles(step, id);
        PassSettings(step, id);
        if (StatusRules.HasArrived(step.State.Find(id)!))
            step.Signal(id, DeploymentEvent.Arrived);
    }

    /// <summary>What has become different only because time has passed.</summary>
    private static DeploymentState Refresh(Step step, DeploymentState before)
    {
        var deployment = before;
        // From here on a start is tried, or the next request may ask for one.
        if (deployment.NextStartAt <= step.Now)
            deployment = deployment with { NextStartAt = null };
        // Bounds that depend on the hour leave other room for standbys than when the number of replicas moved last.
        if (deployment.Target.Spec is { StandbyReplicas: > 0, Autoscaling: { } bounds } spec && !(deployment.BoundsUntil > step.Now) && bounds.Schedules.NextChange(step.Now) is { } next)
        {
            step.WakeAt(next, deployment.Id);
            var standbys = spec.At(step.State.Settings.Capacity, step.Now, spec.NumReplicas).Standbys;
            deployment = deployment with { BoundsUntil = next, Target = deployment.Target with { Spec = spec with { Standbys = standbys } } };
        }

        if (!ReferenceEquals(deployment, before))
            step.Put(deployment);
        return deployment;
    }

    /// <summary>Who is ready serves, or stands by until it is needed.</summary>
    private static void AssignRoles(Step step, DeploymentId id)
    {
        var before = step.State.Find(id)!;
        var deployment = Standbys.Assign(before, step.State.Nodes);
        if (ReferenceEquals(deployment, before))
            return;
        step.Put(deployment);
        foreach (var replica in deployment.Replicas.Values.Where(replica => replica.IsStandby != before.Replicas[replica.Id].IsStandby && deployment.Target.Spec.StandbyReplicas > 0))
            step.Emit(new Note(replica.Id.ToString(), replica.IsStandby ? "stands by" : "serves", IsProblem: false));
    }

    /// <summary>What a step has left to do for an application that it changed: publish its routes, or forget it.</summary>
    public static void Finish(Step step, string name)
    {
        if (step.State.Applications.GetValueOrDefault(name) is not { } before)
            return;
        var touched = step.TouchedOf(name);
        var application = ForgetEmptyDeployments(before with { Leaving = [.. step.LeavingOf(before)] });
        if (application.IsDeleting && application.Deployments.IsEmpty)
        {
            step.State = step.State with { Applications = step.State.Applications.Remove(name) };
            RoutePublisher.Withdraw(step, application);
            step.Emit(new ForgetApplication(name));
            return;
        }

        if (Reducer.IsAwaited(application))
        {
            application = application with { Awaited = FindMissing(application) };
            if (application is { Awaited: null, Leaving.IsEmpty: true })
                application = Reducer.MarkRunning(step, application);
        }

        application = RoutePublisher.Publish(step, application, touched);
        step.State = step.State with { Applications = step.State.Applications.SetItem(name, application) };
    }

    private static ApplicationState ForgetEmptyDeployments(ApplicationState application)
    {
        var empty = application.Leaving.Where(name => application.Deployments[name].Replicas.IsEmpty).ToList();
        return empty.Count == 0 ? application : application with { Deployments = application.Deployments.RemoveRange(empty), Leaving = application.Leaving.Except(empty) };
    }

    /// <summary>A deployment that is not there yet: the one that was missing before, as long as it is, else the last one, since they mostly arrive in order.</summary>
    private static string? FindMissing(ApplicationState application) =>
        application.Awaited is { } before && application.Deployments.TryGetValue(before, out var deployment) && !IsThere(deployment)
            ? before
            : application.Deployments.Values.LastOrDefault(other => !IsThere(other))?.Id.Name;

    /// <summary>
    /// Whether a deployment that the program no longer has is still needed: until the new version is there as a whole the old one serves,
    /// draining replicas may still call others, and what an ingress that goes may call goes after it.
    /// </summary>
    private static bool MustStay(Step step, DeploymentState deployment)
    {
        var application = step.State.Applications[deployment.Id.Application];
        if (!deployment.IsDeleting || application.IsDeleting)
            return false;
        return application.Deployments.Values.Any(other => other.IsDeleting
            ? !deployment.Target.IsIngress && other.Target.IsIngress && !other.Replicas.IsEmpty
            : !IsThere(other));
    }

    /// <summary>Whether a deployment has all its replicas ready, with their settings, and none of an older version. Where none shall serve, the first standby shows that the version works.</summary>
    private static bool IsThere(DeploymentState deployment) =>
        deployment.Replicas.Values.All(replica => replica.Version == deployment.Target.Version)
        && deployment.Replicas.Values.Count(replica => replica is { IsServing: true, IsUpToDate: true }) >= deployment.Target.Spec.NumReplicas
        && (deployment.HasRun || deployment.Target.Spec.AllReplicas == 0);

    /// <returns>Why not all could be started, or null.</returns>
    private static PlacementRefusal? Start(Step step, DeploymentId id, DeploymentTarget target, int count)
    {
        if (count <= 0)
            return null;
        var request = PlacementRequest.Of(id, target.Spec);
        var own = step.State.Find(id)!.Replicas.Values.CountBy(replica => replica.Node).ToDictionary(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var placement = Scheduler.Place(step.State.Nodes, request, own, step.State.Scheduling.Preference);
            if (placement.Node is not { } node)
                return placement.Refusal;
            own[node] = own.GetValueOrDefault(node) + 1;
            Start(step, id, target, node, placement);
        }

        return null;
    }

    /// <summary>Starts a replica of the target's version at a place that was found for it.</summary>
    public static void StartAt(Step step, DeploymentId id, Placement placement) => Start(step, id, step.State.Find(id)!.Target, placement.Node!, placement);

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
        step.State = step.State with { Nodes = Reservation.Book(step.State.Nodes, replica) };
        step.Emit(new OrderReplica(node, replica.Desired));
    }

    private static DesiredReplica OrderOf(ReplicaId id, DeploymentTarget target, string incarnation, Placement placement)
    {
        var reserved = placement.Bundles.Select(bundle => Reservation.ToReserved(bundle.Node, bundle.Amounts, bundle.Gpus)).ToList();
        return new DesiredReplica
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
            HealthCheckFailureThreshold = target.Spec.HealthCheckFailureThreshold,
            GracefulShutdownWaitLoop = target.Spec.GracefulShutdownWaitLoop,
            GracefulShutdownTimeout = target.Spec.GracefulShutdownTimeout,
            CpuUnits = reserved[0].CpuUnits,
            GpuUnits = reserved[0].GpuUnits,
            Gpus = reserved[0].Gpus,
            MemoryUnits = reserved[0].MemoryUnits,
            CustomUnits = reserved[0].CustomUnits,
            Reserves = reserved[1..],
        };
    }

    /// <summary>Stops a replica that runs and can't stay; the next reconciliation starts another.</summary>
    public static void GiveUp(Step step, ReplicaId id, string reason)
    {
        if (step.State.Find(id.Deployment)?.Replicas.GetValueOrDefault(id) is not { } replica || replica.Phase == ReplicaPhase.Stopping)
            return;
        step.Emit(new Note(id.ToString(), reason, IsProblem: true));
        Stop(step, replica);
    }

    /// <summary>Tells a replica to finish its requests and end.</summary>
    public static void Stop(Step step, ReplicaState replica)
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
        var target = deployment.Target;
        var mayChange = HowManyMayChange(deployment);
        foreach (var replica in deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping && replica.Version == target.Version))
        {
            var isServing = replica is { IsServing: true, IsUpToDate: true } && replica.Desired.SettingsHash != target.SettingsHash;
            var takesSettings = !isServing || mayChange-- > 0;
            var desired = replica.Desired with
            {
                Settings = takesSettings ? target.Settings : replica.Desired.Settings,
                SettingsHash = takesSettings ? target.SettingsHash : replica.Desired.SettingsHash,
                HealthCheckFailureThreshold = target.Spec.HealthCheckFailureThreshold,
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

    /// <summary>How many more replicas may take settings up now. Where one could not, the others keep what they have.</summary>
    private static int HowManyMayChange(DeploymentState deployment)
    {
        var changing = deployment.Replicas.Values.Where(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false }).ToList();
        return changing.Any(replica => replica.Report?.Failure is not null && replica.Desired.SettingsHash == deployment.Target.SettingsHash)
            ? 0
            : Math.Max(0, Rollout.WaveOf(deployment.Target.Spec) - changing.Count(replica => !replica.IsStandby));
    }

    /// <summary>The hash stands for the settings; all other parts are values, or the very same objects.</summary>
    private static bool IsSame(DesiredReplica one, DesiredReplica other) => one with { Settings = other.Settings } == other;
}
