using System.Text.Json;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Specs.Autoscaling;

namespace Serve.Server.Admin.Load;

/// <summary>Shows loads and decisions as clients see them.</summary>
internal static class LoadDetailsBuilder
{
    /// <summary>The window of those whose number is fixed.</summary>
    private static readonly TimeSpan UsualWindow = new AutoscalingSpec().LookBackPeriod;

    public static DeploymentLoadDetails Load(DeploymentState deployment, ILoadView load, LoggedDecision? last)
    {
        var window = deployment.Target.Spec.Autoscaling?.LookBackPeriod ?? UsualWindow;
        var figures = load.Over(deployment.Id, window);
        return new DeploymentLoadDetails
        {
            Application = deployment.Id.Application,
            Deployment = deployment.Id.Name,
            Running = figures.Running,
            Queued = figures.Queued,
            MeanOngoing = figures.Mean,
            ArrivalsPerS = figures.Arrivals,
            CompletionsPerS = figures.Completions,
            LatencyP95S = figures.LatencyP95,
            WindowS = window.TotalSeconds,
            ReplicasReady = Count(deployment, replica => replica.IsServing),
            ReplicasStandby = Count(deployment, replica => replica is { Phase: ReplicaPhase.Running, IsStandby: true }),
            ReplicasStarting = Count(deployment, replica => replica.Phase == ReplicaPhase.Starting),
            ReplicasTarget = deployment.IsDeleting ? 0 : deployment.Target.Spec.NumReplicas,
            ReplicasMin = last?.Decision.Min,
            ReplicasMax = last?.Decision.Max,
            Rule = last is null ? null : WordOf(last.Decision.Rule),
            Reason = last is null ? null : DecisionText.Of(last.Decision),
        };
    }

    public static AutoscalingDetails Autoscaling(DeploymentState deployment, AutoscalerLoop loop)
    {
        var last = loop.Decisions.Last(deployment.Id);
        return new AutoscalingDetails
        {
            Load = Load(deployment, loop.Load, last),
            Now = last is null ? null : Decision(last),
            Policy = loop.Policies?.View(deployment) is { } policy ? Policy(policy) : null,
            NextChangeS = last?.Decision.NextChange is { } at ? ToSeconds(at) : null,
            Decisions = [.. loop.Decisions.Of(deployment.Id).Select(Decision)],
        };
    }

    public static double ToSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static PolicyDetails Policy(PolicyView policy) => new()
    {
        Name = policy.Name,
        IsWhole = policy.IsWhole,
        Wanted = policy.Wanted,
        AtS = policy.At is { } at ? ToSeconds(at) : null,
        Failure = policy.Failure,
        FailingSinceS = policy.FailingSince is { } since ? ToSeconds(since) : null,
    };

    private static ScalingDecisionDetails Decision(LoggedDecision logged)
    {
        var (decision, load) = (logged.Decision, logged.Decision.Load);
        return new ScalingDecisionDetails
        {
            AtS = ToSeconds(logged.Since),
            UntilS = ToSeconds(decision.At),
            Times = logged.Times,
            Rule = WordOf(decision.Rule),
            Signal = WordOf(decision.Signal),
            Before = decision.Before,
            After = decision.After,
            Needed = decision.Needed,
            ReplicasReady = decision.Running,
            ReplicasMin = decision.Min,
            ReplicasMax = decision.Max,
            Running = load.Running,
            Queued = load.Queued,
            MeanOngoing = load.Mean,
            ArrivalsPerS = load.Arrivals,
            CompletionsPerS = load.Completions,
            LatencyP95S = load.LatencyP95,
            Reason = DecisionText.Of(decision),
        };
    }

    private static int Count(DeploymentState deployment, Func<Controller.ReplicaState, bool> isCounted) =>
        deployment.Replicas.Values.Count(replica => isCounted(replica) && replica.Version == deployment.Target.Version);

    private static string WordOf(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
