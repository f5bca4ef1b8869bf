using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serve.Identity;

namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>The policies that programs bring along. They decide in replicas; whoever asks here never waits.</summary>
internal sealed partial class ScalingPolicies : IScalingPolicies, IAsyncDisposable
{
    private readonly ConcurrentDictionary<DeploymentId, PolicyEvaluator> _evaluators = new();
    private readonly Dictionary<DeploymentId, TargetHistory> _histories = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly PolicyMeter _meter = new();
    private readonly PolicyEnvironment _environment;
    private readonly MetricBook _metrics;
    private readonly ILogger _logger;

    /// <param name="state">The controller's state.</param>
    /// <param name="metrics">What replicas have recorded.</param>
    /// <param name="askAsync">Asks a replica's program a question in JSON; null where it can't be reached.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">The log.</param>
    public ScalingPolicies(
        Func<ControllerState> state, MetricBook metrics, Func<ReplicaId, string, CancellationToken, Task<string?>> askAsync, TimeProvider timeProvider, ILogger<ScalingPolicies> logger)
    {
        _environment = new PolicyEnvironment(state, askAsync, OnAnswer, timeProvider);
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>Told of a policy that begins to fail, or does so no more. Must not block.</summary>
    public Action<PolicyNotice> OnNotice { get; set; } = static _ => { };

    public PolicyAdvice? Latest(DeploymentState deployment, Func<PolicyContext> context)
    {
        if (EvaluatorOf(deployment) is not { } evaluator)
            return null;
        var view = evaluator.Look(deployment, () => ContextOf(deployment, context()));
        return new PolicyAdvice(view.Wanted, view.LeavesIt);
    }

    /// <summary>What is known of the policy that decides for a deployment; null where Serve decides.</summary>
    public PolicyView? View(DeploymentState deployment) => deployment.Target.Spec.Autoscaling?.Policy is not { } policy
        ? null
        : _evaluators.TryGetValue(KeyOf(deployment), out var evaluator) && evaluator.Spec == policy ? evaluator.View(deployment.Id.Name) : new PolicyView(policy.Name, policy.IsWhole);

    /// <summary>Nobody is asked any more; what is under way is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _meter.Dispose();
    }

    private static DeploymentId KeyOf(DeploymentState deployment) => deployment.Target.Spec.Autoscaling!.Policy!.IsWhole ? deployment.Id with { Name = "" } : deployment.Id;

    /// <summary>Another policy, or another argument of it, begins anew: what the one before wanted and remembered is not its.</summary>
    private PolicyEvaluator? EvaluatorOf(DeploymentState deployment)
    {
        if (deployment.Target.Spec.Autoscaling?.Policy is not { } policy)
            return null;
        var key = KeyOf(deployment);
        if (_evaluators.TryGetValue(key, out var known) && known.Spec == policy)
            return known;
        Sweep();
        return _evaluators[key] = new PolicyEvaluator(key, policy, _environment, _stopping.Token);
    }

    /// <summary>Forgets what is not there any more.</summary>
    private void Sweep()
    {
        var state = _environment.State();
        foreach (var id in _evaluators.Keys.Where(id => id.Name.Length == 0 ? !state.Applications.ContainsKey(id.Application) : state.Find(id) is null))
            _evaluators.TryRemove(id, out _);
        foreach (var id in _histories.Keys.Where(id => state.Find(id) is null).ToList())
            _histories.Remove(id);
    }

    private AutoscalingContext ContextOf(DeploymentState deployment, PolicyContext context)
    {
        if (!_histories.TryGetValue(deployment.Id, out var history))
            _histories[deployment.Id] = history = new TargetHistory();
        history.Note(deployment.Target.Spec.NumReplicas, context.Now);
        return PolicyContexts.Of(deployment, context, history, _metrics);
    }

    private void OnAnswer(PolicyOutcome outcome)
    {
        _meter.Answered(outcome.Id, outcome.Time, outcome.Failure is not null);
        if (!outcome.IsNews)
            return;
        var (application, deployment) = (outcome.Id.Application, outcome.Id.Name.Length == 0 ? null : outcome.Id.Name);
        if (outcome.Failure is { } failure)
            LogFailing(outcome.Policy, application, deployment ?? "*", failure);
        else
            LogRecovered(outcome.Policy, application, deployment ?? "*");
        OnNotice(new PolicyNotice(application, deployment, outcome.Policy, outcome.Failure));
    }

    [LoggerMessage(EventId = 4211, Level = LogLevel.Warning, Message = "The scaling policy {Policy} of {Application}#{Deployment} fails; its last good decision stays: {Failure}")]
    private partial void LogFailing(string policy, string application, string deployment, string failure);

    [LoggerMessage(EventId = 4212, Level = LogLevel.Information, Message = "The scaling policy {Policy} of {Application}#{Deployment} decides again")]
    private partial void LogRecovered(string policy, string application, string deployment);
}
