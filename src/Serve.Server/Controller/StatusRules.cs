using Serve.Server.Store.Records;
using Serve.Status;

namespace Serve.Server.Controller;

/// <summary>Reads the statuses that clients see off the state, and says in words what is awaited, and since when. Pure.</summary>
internal static class StatusRules
{
    public static ApplicationStatus Of(ApplicationState application)
    {
        if (application.IsDeleting)
            return ApplicationStatus.DELETING;
        if (application.Job is not null)
            return ApplicationStatus.DEPLOYING;
        if (application.Failure is not null)
            return ApplicationStatus.DEPLOY_FAILED;
        if (application.Active is null)
            return ApplicationStatus.DEPLOYING;
        return application.Deployments.Values.Select(Weigh).DefaultIfEmpty(ApplicationStatus.RUNNING).Min();
    }

    /// <summary>What an application waits for, or why it failed; empty where all is well.</summary>
    public static string MessageOf(ApplicationState application) => application switch
    {
        { Failure: { } failure } => failure,
        { Job.Node: null } => $"waiting for a node since {application.DeployedAt:HH:mm:ss} UTC",
        { Job.Phase: ProgramPhase.Building } => $"building {application.Spec.ImportPath} since {application.DeployedAt:HH:mm:ss} UTC",
        { Job.Phase: ProgramPhase.Describing } => $"asking {application.Spec.ImportPath} for its deployments since {application.DeployedAt:HH:mm:ss} UTC",
        _ => string.Join("; ", application.Deployments.Values.Select(deployment => (deployment.Id.Name, Message: MessageOf(deployment))).Where(pair => pair.Message.Length > 0).Select(pair => $"{pair.Name}: {pair.Message}")),
    };

    public static (DeploymentStatus Status, DeploymentStatusTrigger Trigger, string Message) Of(DeploymentState deployment) =>
        (deployment.Condition.Status, deployment.Condition.Trigger, MessageOf(deployment));

    /// <summary>
    /// Whether a deployment is all that was declared: every replica ready, of the target's version, with its settings, and no other there. Standbys may be on their way, once one
    /// replica of the version has been ready.
    /// </summary>
    public static bool HasArrived(DeploymentState deployment)
    {
        var (spec, version) = (deployment.Target.Spec, deployment.Target.Version);
        var serving = deployment.Replicas.Values.Where(replica => replica.IsServing).ToList();
        return serving.Count == spec.NumReplicas && deployment.Replicas.Count <= spec.AllReplicas && (spec.Standbys == 0 || deployment.HasRun)
            && serving.All(replica => replica.IsUpToDate)
            && deployment.Replicas.Values.All(replica => replica.Phase != ReplicaPhase.Stopping && replica.Version == version);
    }

    /// <summary>Whether no replica of the target's version ever became ready and the attempts are used up. Attempts go on, slowly.</summary>
    public static bool HasFailed(DeploymentState deployment) => !deployment.HasRun && IsBudgetUsedUp(deployment);

    public static bool IsBudgetUsedUp(DeploymentState deployment) => deployment.Failures >= Backoff.Budget(deployment.Target.Spec);

    /// <summary>What an application is because of one of its deployments: one that follows its load is not being deployed.</summary>
    private static ApplicationStatus Weigh(DeploymentState deployment) => deployment.Condition switch
    {
        { Status: DeploymentStatus.DEPLOY_FAILED } => ApplicationStatus.DEPLOY_FAILED,
        { Status: DeploymentStatus.UNHEALTHY } => ApplicationStatus.UNHEALTHY,
        { Status: DeploymentStatus.HEALTHY } or { Trigger: DeploymentStatusTrigger.AUTOSCALING } => ApplicationStatus.RUNNING,
        _ => ApplicationStatus.DEPLOYING,
    };

    private static string MessageOf(DeploymentState deployment)
    {
        if (deployment.IsDeleting)
            return $"{deployment.Replicas.Count} replicas are stopping since {deployment.Condition.Since:HH:mm:ss} UTC";
        if (deployment.Replicas.Values.FirstOrDefault(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false, Report.Failure: not null }) is { } stuck)
            return $"replica {stuck.Id.Suffix} could not take up its settings: {stuck.Report!.Failure}";
        if (HasArrived(deployment))
            return StandbyText(deployment);
        return deployment.Failures > 0 ? FailureText(deployment) : ProgressText(deployment);
    }

    /// <summary>A deployment that is well can do without its standbys; but nobody shall count on them who are not there.</summary>
    private static string StandbyText(DeploymentState deployment)
    {
        var standbys = deployment.Target.Spec.Standbys;
        var ready = deployment.Replicas.Values.Count(replica => replica is { Phase: ReplicaPhase.Running, IsStandby: true });
        if (ready >= standbys)
            return "";
        var awaited = deployment.FailedStart is not null ? FailureText(deployment) : string.Join(", ", Awaited(deployment));
        return $"{ready} of {standbys} standbys are ready; {awaited}".TrimEnd(' ', ';');
    }

    private static string FailureText(DeploymentState deployment)
    {
        var next = deployment.NextStartAt is { } at ? $" The next attempt is at {at:HH:mm:ss} UTC." : "";
        var before = deployment.Fallback is { } fallback && !deployment.HasRun
            ? $" {deployment.Replicas.Values.Count(replica => replica.Phase == ReplicaPhase.Running && replica.Version == fallback.Target.Version)} replicas of the version before serve."
            : "";
        return $"{deployment.Failures} failed attempts.{next}{before} {deployment.LastFailure}";
    }

    private static string ProgressText(DeploymentState deployment)
    {
        var target = deployment.Target;
        var current = deployment.Replicas.Values.Where(replica => replica.Version == target.Version).ToList();
        var ready = current.Count(replica => replica is { IsServing: true, IsUpToDate: true });
        var awaited = Awaited(deployment).ToList();
        if (current.Count(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false }) is > 0 and var changing)
            awaited.Add($"{changing} take new settings up when their requests have finished");
        if (deployment.Replicas.Values.Count(replica => replica.Phase == ReplicaPhase.Stopping) is > 0 and var stopping)
            awaited.Add($"{stopping} are stopping");
        return $"{ready} of {target.Spec.NumReplicas} replicas are ready, awaited since {deployment.Condition.Since:HH:mm:ss} UTC; {string.Join(", ", awaited)}".TrimEnd(' ', ';');
    }

    /// <summary>The replicas that are not ready, and why.</summary>
    private static IEnumerable<string> Awaited(DeploymentState deployment)
    {
        if (deployment.PlacementProblem is { } problem)
            yield return problem.ToString();
        foreach (var replica in deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Starting))
            yield return $"{replica.Id.Suffix} is in {replica.Report?.StartPhase.ToString() ?? "Process"} since {replica.CreatedAt:HH:mm:ss} UTC";
    }
}
