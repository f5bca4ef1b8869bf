using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Status;

namespace Serve.Server.Admin.Explain;

/// <summary>Answers what an operator asks of a deployment. Pure.</summary>
internal static class DeploymentExplainer
{
    public static DeploymentExplanation Explain(ApplicationState application, DeploymentState deployment, DecisionLog? decisions = null, PolicyView? policy = null)
    {
        var (status, trigger, message) = StatusRules.Of(deployment);
        var groups = ReplicaGroups.Of(deployment);
        return new DeploymentExplanation
        {
            Name = deployment.Id.Name,
            Status = status,
            StatusTrigger = trigger,
            SinceS = ToSeconds(deployment.Condition.Since),
            TargetNumReplicas = deployment.IsDeleting ? 0 : deployment.Target.Spec.NumReplicas,
            ReadyReplicas = groups.Ready,
            TargetStandbyReplicas = deployment.IsDeleting ? 0 : deployment.Target.Spec.Standbys,
            ReadyStandbyReplicas = groups.Standby,
            NextAttemptS = deployment.NextStartAt is { } at ? ToSeconds(at) : null,
            Answers = [.. Answers(application, deployment, status, message, groups), .. policy is null ? [] : PolicyExplainer.About(policy), .. decisions is null ? [] : AboutLoad(decisions.Of(deployment.Id))],
            Refusals = [.. (deployment.PlacementProblem?.Nodes ?? []).Select(refusal => new NodeReason(refusal.Node, refusal.Reason))],
            Awaited = [.. deployment.Replicas.Values.Select(replica => AwaitedOf(deployment, replica)).OfType<AwaitedReplica>()],
        };
    }

    private static IEnumerable<Answer> Answers(ApplicationState application, DeploymentState deployment, DeploymentStatus status, string message, ReplicaGroups groups)
    {
        yield return status == DeploymentStatus.HEALTHY
            ? new Answer("Is it well?", "Yes: all its replicas are ready and up to date.")
            : new Answer($"Why is it {status}?", message.Length > 0 ? message : "Its replicas are not all ready yet.");
        yield return new Answer(deployment.Replicas.Count == 1 ? "Why is there 1 replica?" : $"Why are there {deployment.Replicas.Count} replicas?", WhySoMany(application, deployment, groups));
        if (deployment.PlacementProblem?.ToString() is { } problem)
            yield return new Answer($"Why {(groups.Missing == 1 ? "is 1 replica" : $"are {groups.Missing} replicas")} not placed?", $"{char.ToUpperInvariant(problem[0])}{problem[1..]} It is tried again whenever a node joins or a replica ends.");
        if (deployment.NextStartAt is { } at)
            yield return new Answer("When is it tried again?", $"At {at:HH:mm:ss} UTC, after {Explainer.Count(deployment.Failures, "failed start")} in a row; each one doubles the wait.");
        foreach (var answer in StartExplainer.Explain(deployment))
            yield return answer;
    }

    /// <param name="decisions">What the autoscaler has decided, the newest first.</param>
    private static IEnumerable<Answer> AboutLoad(IReadOnlyList<LoggedDecision> decisions)
    {
        if (decisions.Count == 0)
            yield break;
        yield return new Answer("What does its load ask for?", DecisionText.Of(decisions[0].Decision));
        if (decisions.FirstOrDefault(logged => logged.Decision.After != logged.Decision.Before)?.Decision is { } change && change != decisions[0].Decision)
            yield return new Answer("When did the number change last?", $"At {change.At:HH:mm:ss} UTC. {DecisionText.Of(change)}");
    }

    private static string WhySoMany(ApplicationState application, DeploymentState deployment, ReplicaGroups groups)
    {
        var parts = new List<string>();
        if (groups.Ready > 0)
            parts.Add($"{groups.Ready} ready");
        if (groups.Standby > 0)
            parts.Add($"{groups.Standby} ready to serve at once when needed (standby_replicas)");
        if (groups.Starting > 0)
            parts.Add($"{groups.Starting} starting");
        if (groups.Outdated > 0)
            parts.Add($"{groups.Outdated} of an older version, until enough new ones are ready");
        if (groups.Stopping > 0)
            parts.Add($"{groups.Stopping} finishing their requests before they end");
        if (groups.Missing > 0)
            parts.Add($"{groups.Missing} still missing");
        var actual = parts.Count == 0 ? "" : $" Now: {string.Join(", ", parts)}.";
        return deployment.IsDeleting
            ? $"None shall be: {(application.IsDeleting ? "the application is being deleted" : "the program no longer has this deployment")}.{actual}"
            : $"{Explainer.Count(deployment.Target.Spec.NumReplicas, "replica")} shall be: {WhoSays(application, deployment)}.{actual}";
    }

    /// <summary>Which layer the number of replicas comes from.</summary>
    private static string WhoSays(ApplicationState application, DeploymentState deployment)
    {
        if (deployment.Target.Spec.Autoscaling is not null)
            return $"{(deployment.Target.Spec.Autoscaling.Policy is null ? "load" : "the program's policy")} decides, within the bounds of autoscaling_config";
        var active = application.Active!;
        if (active.Spec.Deployments.FirstOrDefault(options => options.Name == deployment.Id.Name)?.NumReplicas is not null)
            return $"num_replicas of revision {active.Revision}";
        var code = active.Description.Deployments.FirstOrDefault(description => description.Name == deployment.Id.Name)?.Options;
        return code?.ContainsKey("num_replicas") == true ? "the program's code sets num_replicas" : "neither document nor code sets num_replicas, so it is the default";
    }

    private static AwaitedReplica? AwaitedOf(DeploymentState deployment, Controller.ReplicaState replica)
    {
        var spec = deployment.Target.Spec;
        return replica switch
        {
            { Phase: ReplicaPhase.Starting } => new AwaitedReplica(
                replica.Id.ToString(), replica.Node, replica.Report is null ? "its node starts its process" : $"it is in {replica.Report.StartPhase}", ToSeconds(replica.CreatedAt), spec.StartupTimeout.TotalSeconds),
            { Phase: ReplicaPhase.Stopping } => new AwaitedReplica(
                replica.Id.ToString(), replica.Node, "it finishes its requests", SinceS: null, Math.Max(replica.Desired.GracefulShutdownTimeout.TotalSeconds, replica.Desired.GracefulShutdownWaitLoop.TotalSeconds)),
            { IsUpToDate: false } => new AwaitedReplica(replica.Id.ToString(), replica.Node, "it takes changed settings up", SinceS: null, spec.StartupTimeout.TotalSeconds),
            _ => null,
        };
    }

    private static double ToSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    /// <param name="Ready">Ready, of the version that shall run, and in the routes.</param>
    /// <param name="Standby">Ready, of that version, and in no route.</param>
    /// <param name="Starting">On the way, of that version.</param>
    /// <param name="Outdated">Of an older version and not told to end yet.</param>
    /// <param name="Stopping">Told to end.</param>
    /// <param name="Missing">Not started yet.</param>
    private readonly record struct ReplicaGroups(int Ready, int Standby, int Starting, int Outdated, int Stopping, int Missing)
    {
        public static ReplicaGroups Of(DeploymentState deployment)
        {
            var live = deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping).ToList();
            var current = live.Where(replica => replica.Version == deployment.Target.Version).ToList();
            var ready = current.Count(replica => replica.IsServing);
            var standby = current.Count(replica => replica is { Phase: ReplicaPhase.Running, IsStandby: true });
            var wanted = deployment.IsDeleting ? 0 : deployment.Target.Spec.AllReplicas;
            return new ReplicaGroups(ready, standby, current.Count - ready - standby, live.Count - current.Count, deployment.Replicas.Count - live.Count, Math.Max(0, wanted - current.Count));
        }
    }
}
