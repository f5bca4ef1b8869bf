using Serve.Identity;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store.Records;
using Serve.Status;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    private static void OnReplicaReported(Step step, ReplicaReported reported)
    {
        var report = reported.Report;
        if (step.State.Find(report.Replica.Deployment) is not { } deployment || deployment.Replicas.GetValueOrDefault(report.Replica) is not { } replica)
        {
            // It was forgotten before its node was done with it, or before all that the node had said of it was written.
            if (!NoteAbsent(step, reported.Node, report) || report.Phase == ReplicaReportPhase.Stopped)
                step.Emit(new ForgetReplica(reported.Node, report.Replica));
            return;
        }

        // A replica never goes back: this was said before what is known already.
        if (report.Phase < replica.Report?.Phase || report.Number < replica.Report?.Number)
            return;
        switch (report.Phase)
        {
            case ReplicaReportPhase.Stopped:
                OnStopped(step, deployment, replica, report);
                break;
            case ReplicaReportPhase.Draining when replica.Phase != ReplicaPhase.Stopping:
                OnGivenUp(step, deployment, replica, report);
                break;
            case ReplicaReportPhase.Running when replica.Phase == ReplicaPhase.Starting:
                OnReady(step, deployment, replica, report);
                break;
            default:
                step.Put(deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, replica with { Report = report }) });
                if (report is { Phase: ReplicaReportPhase.Running, Failure: not null } && replica.Desired.SettingsHash == deployment.Target.SettingsHash)
                    step.Signal(deployment.Id, DeploymentEvent.StartFailed);
                break;
        }

        Reconciler.Reconcile(step, deployment.Id);
        if (report.Phase == ReplicaReportPhase.Stopped)
            RetryUnplaced(step, [.. Reservation.NodesOf(replica)]);
    }

    private static void OnReady(Step step, DeploymentState deployment, ReplicaState replica, ReplicaReport report)
    {
        var isCurrent = replica.Version == deployment.Target.Version;
        step.Put(deployment with
        {
            Replicas = deployment.Replicas.SetItem(replica.Id, replica with { Phase = ReplicaPhase.Running, RunningSince = step.Now, Report = report, IsStandby = true }),
            HasRun = deployment.HasRun || isCurrent,
            NextStartAt = isCurrent ? null : deployment.NextStartAt,
            FailedStart = isCurrent ? null : deployment.FailedStart,
        });
        step.Emit(new Note(replica.Id.ToString(), "ready", IsProblem: false));
    }

    /// <summary>Its node has given it up, for its health or because the node leaves: it is out of the routes and replaced while it drains.</summary>
    private static void OnGivenUp(Step step, DeploymentState deployment, ReplicaState replica, ReplicaReport report)
    {
        var draining = replica with { Phase = ReplicaPhase.Stopping, Report = report };
        step.Put(deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, draining) });
        if (report.End != ReplicaEnd.None)
            CountFailure(step, deployment, replica, report);
    }

    private static void OnStopped(Step step, DeploymentState deployment, ReplicaState replica, ReplicaReport report)
    {
        Remove(step, replica);
        if (replica.Phase != ReplicaPhase.Stopping && report.End is not (ReplicaEnd.None or ReplicaEnd.Lost))
            CountFailure(step, deployment, replica, report);
    }

    private static void CountFailure(Step step, DeploymentState deployment, ReplicaState replica, ReplicaReport report)
    {
        step.Emit(new Note(replica.Id.ToString(), report.Failure ?? "ended", IsProblem: true));
        if (replica.Version == deployment.Fallback?.Target.Version)
            CountFailureOfBefore(step, deployment.Id, deployment.Fallback, report);
        if (replica.Version != deployment.Target.Version)
            return;
        var wasStable = replica.RunningSince is { } since && step.Now - since >= Backoff.StableTime;
        var failures = wasStable ? 1 : deployment.Failures + 1;
        var mayStartAtOnce = report.End != ReplicaEnd.StartFailed && failures == 1;
        var nextStart = mayStartAtOnce ? (DateTimeOffset?)null : step.Now + Backoff.After(failures, deployment.Id);
        deployment = step.State.Find(deployment.Id)! with
        {
            Failures = failures,
            LastFailure = report.Failure,
            NextStartAt = nextStart,
            FailedStart = report.End == ReplicaEnd.StartFailed ? FailedStart.Of(report, step.Now) : null,
        };
        step.Put(deployment);
        SignalFailure(step, deployment, report.End);
        if (nextStart is { } at)
            step.WakeAt(at, deployment.Id);
    }

    /// <summary>One failure is not the end of an update, and a start that fails costs nobody a ready replica: both are told when they go on.</summary>
    private static void SignalFailure(Step step, DeploymentState deployment, ReplicaEnd end)
    {
        var isStart = end == ReplicaEnd.StartFailed;
        if (StatusRules.IsBudgetUsedUp(deployment) || (!isStart && deployment.Condition.Status != DeploymentStatus.UPDATING))
            step.Signal(deployment.Id, isStart ? DeploymentEvent.StartFailed : DeploymentEvent.HealthCheckFailed);
    }

    private static void CountFailureOfBefore(Step step, DeploymentId id, Fallback fallback, ReplicaReport report)
    {
        var failures = report.End == ReplicaEnd.StartFailed ? fallback.Failures + 1 : 0;
        var nextStart = failures == 0 ? (DateTimeOffset?)null : step.Now + Backoff.After(failures, id);
        step.Put(step.State.Find(id)! with { Fallback = fallback with { Failures = failures, NextStartAt = nextStart } });
        if (nextStart is { } at)
            step.WakeAt(at, id);
    }
}
