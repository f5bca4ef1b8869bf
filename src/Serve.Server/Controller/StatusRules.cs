using Serve.Server.Store.Records;
using Serve.Status;

namespace Serve.Server.Controller;

/// <summary>Reads the statuses that clients see off the state. Pure.</summary>
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
        var worst = application.Deployments.Values.Select(deployment => Of(deployment).Status).DefaultIfEmpty(DeploymentStatus.HEALTHY).Min();
        return worst switch
        {
            DeploymentStatus.DEPLOY_FAILED => ApplicationStatus.DEPLOY_FAILED,
            DeploymentStatus.UNHEALTHY => ApplicationStatus.UNHEALTHY,
            DeploymentStatus.HEALTHY when application.Active is not null => ApplicationStatus.RUNNING,
            _ => ApplicationStatus.DEPLOYING,
        };
    }

    /// <summary>What an application waits for, or why it failed; empty where all is well.</summary>
    public static string MessageOf(ApplicationState application) => application switch
    {
        { Failure: { } failure } => failure,
        { Job.Node: null } => "waiting for a node",
        { Job.Phase: ProgramPhase.Building } => $"building {application.Spec.ImportPath}",
        { Job.Phase: ProgramPhase.Describing } => $"asking {application.Spec.ImportPath} for its deployments",
        _ => string.Join("; ", application.Deployments.Values.Select(deployment => (deployment.Id.Name, Of(deployment).Message)).Where(pair => pair.Message.Length > 0).Select(pair => $"{pair.Name}: {pair.Message}")),
    };

    public static (DeploymentStatus Status, DeploymentStatusTrigger Trigger, string Message) Of(DeploymentState deployment)
    {
        if (deployment.IsDeleting)
            return (DeploymentStatus.UPDATING, DeploymentStatusTrigger.DELETING, $"{deployment.Replicas.Count} replicas are stopping");
        if (HasFailed(deployment))
            return (DeploymentStatus.DEPLOY_FAILED, DeploymentStatusTrigger.REPLICA_STARTUP_FAILED, FailureText(deployment));
        if (deployment.Replicas.Values.FirstOrDefault(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false, Report.Failure: not null }) is { } stuck)
            return (DeploymentStatus.DEPLOY_FAILED, DeploymentStatusTrigger.CONFIG_UPDATE_STARTED, $"replica {stuck.Id.Suffix} could not take up its settings: {stuck.Report!.Failure}");
        var ready = deployment.Replicas.Values.Count(replica => replica.Phase == ReplicaPhase.Running && replica.Version == deployment.Target.Version && replica.IsUpToDate);
        if (ready == deployment.Target.Spec.NumReplicas && deployment.Replicas.Values.All(replica => replica.Phase == ReplicaPhase.Running && replica.Version == deployment.Target.Version))
            return (DeploymentStatus.HEALTHY, DeploymentStatusTrigger.CONFIG_UPDATE_COMPLETED, "");
        if (deployment is { Failures: > 0 } && ready < deployment.Target.Spec.NumReplicas)
            return (deployment.HasRun ? DeploymentStatus.UNHEALTHY : DeploymentStatus.UPDATING, DeploymentStatusTrigger.REPLICA_STARTUP_FAILED, FailureText(deployment));
        return (DeploymentStatus.UPDATING, DeploymentStatusTrigger.CONFIG_UPDATE_STARTED, ProgressText(deployment, ready));
    }

    /// <summary>Whether no replica of the target's version ever became ready and the attempts are used up. Attempts go on, slowly.</summary>
    public static bool HasFailed(DeploymentState deployment) =>
        !deployment.HasRun && deployment.Failures >= Backoff.Budget(deployment.Target.Spec);

    private static string FailureText(DeploymentState deployment)
    {
        var next = deployment.NextStartAt is { } at ? $" The next attempt is at {at:HH:mm:ss} UTC." : "";
        return $"{deployment.Failures} failed attempts.{next} {deployment.LastFailure}";
    }

    private static string ProgressText(DeploymentState deployment, int ready)
    {
        if (deployment.PlacementProblem is { } problem)
            return $"{ready} of {deployment.Target.Spec.NumReplicas} replicas are ready; {problem}";
        var starting = deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Starting)
            .Select(replica => $"{replica.Id.Suffix} is in {replica.Report?.StartPhase.ToString() ?? "Process"} since {replica.CreatedAt:HH:mm:ss} UTC");
        return $"{ready} of {deployment.Target.Spec.NumReplicas} replicas are ready; {string.Join(", ", starting)}".TrimEnd(' ', ';');
    }
}
