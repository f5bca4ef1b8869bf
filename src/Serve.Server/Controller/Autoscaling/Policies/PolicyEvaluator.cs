using System.Text.Json;
using Serve.Identity;
using Serve.Specs.Autoscaling;
using Serve.Wire.Control;

namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>What evaluators need of the leader.</summary>
/// <param name="State">The controller's state.</param>
/// <param name="AskAsync">Asks a replica's program a question in JSON; null where it can't be reached.</param>
/// <param name="OnAnswer">Told of each answer.</param>
/// <param name="TimeProvider">The clock.</param>
internal sealed record PolicyEnvironment(Func<ControllerState> State, Func<ReplicaId, string, CancellationToken, Task<string?>> AskAsync, Action<PolicyOutcome> OnAnswer, TimeProvider TimeProvider);

/// <param name="Id">Whose policy it is.</param>
/// <param name="Policy">The full name of its class.</param>
/// <param name="Time">How long the answer took.</param>
/// <param name="Failure">What was wrong, or null.</param>
/// <param name="IsNews">Whether the answer before was of the other kind, good or not.</param>
internal readonly record struct PolicyOutcome(DeploymentId Id, string Policy, TimeSpan Time, string? Failure, bool IsNews);

/// <summary>
/// One policy, of a deployment or of an application: asks it at most twice a second, one question at a time, in one replica as long as that answers well, and
/// keeps its last good advice and what it wants to remember.
/// </summary>
internal sealed class PolicyEvaluator(DeploymentId id, PolicySpec spec, PolicyEnvironment environment, CancellationToken stopping)
{
    /// <summary>The least time between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>What a question and its answer may take on their way, beside what the policy may.</summary>
    private static readonly TimeSpan Travel = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AutoscalingContext> _contexts = new(StringComparer.Ordinal);
    private Dictionary<string, ScalingAdvice> _advice = new(StringComparer.Ordinal);
    private ReplicaId? _replica;
    private DateTimeOffset? _at;
    private DateTimeOffset? _failingSince;
    private DateTimeOffset _next;
    private string? _failure;
    private bool _hasNobody;
    private bool _isAsking;

    /// <summary>The deployment; without a name it is the whole application.</summary>
    public DeploymentId Id { get; } = id;

    public PolicySpec Spec { get; } = spec;

    /// <summary>What is known. Asks the next question where it is time for one and all that it needs has come.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="context">What the policy may know of it.</param>
    public PolicyView Look(DeploymentState deployment, Func<AutoscalingContext> context)
    {
        var now = environment.TimeProvider.GetUtcNow();
        lock (_lock)
        {
            if (!_isAsking && now >= _next)
            {
                var name = deployment.Id.Name;
                _contexts[name] = context() with { State = _advice.GetValueOrDefault(name)?.State };
                Ask(now);
            }

            return ViewOf(deployment.Id.Name);
        }
    }

    public PolicyView View(string deployment)
    {
        lock (_lock)
            return ViewOf(deployment);
    }

    private PolicyView ViewOf(string deployment) => new(Spec.Name, Spec.IsWhole)
    {
        // While nobody can be asked, what was said once says nothing: it may have been that nobody is needed.
        Wanted = _hasNobody ? null : _advice.GetValueOrDefault(deployment)?.Replicas,
        LeavesIt = !_hasNobody && _at is not null && !_advice.ContainsKey(deployment),
        At = _at,
        Failure = _failure,
        FailingSince = _failingSince,
        HasNobody = _hasNobody,
    };

    /// <summary>Of an application's policy the question waits until each deployment has been looked at.</summary>
    private void Ask(DateTimeOffset now)
    {
        if (environment.State().Applications.GetValueOrDefault(Id.Application) is not { } application)
            return;
        var asked = Spec.IsWhole ? application.Deployments.Values.Where(IsMine).Select(static deployment => deployment.Id.Name).ToList() : [Id.Name];
        if (!asked.TrueForAll(_contexts.ContainsKey))
            return;
        _next = now + Interval;
        var question = new PolicyQuestion(Spec.Name, Spec.Arguments, Spec.Timeout, Spec.IsWhole, [.. asked.Select(name => _contexts[name])]);
        _contexts.Clear();
        _hasNobody = Choose(application) is null;
        if (_hasNobody)
            return;
        _isAsking = true;
        _ = Task.Run(() => AskAsync(_replica!.Value, question), CancellationToken.None);
    }

    private bool IsMine(DeploymentState deployment) => !deployment.IsDeleting && deployment.Target.Spec.Autoscaling?.Policy is { IsWhole: true };

    /// <summary>The replica that answered last, or after a failure the next one. Only replicas of the versions that shall run: others may not have the policy.</summary>
    private ReplicaId? Choose(ApplicationState application)
    {
        var candidates = application.Deployments.Values.Where(static deployment => !deployment.IsDeleting)
            .SelectMany(static deployment => deployment.Replicas.Values.Where(replica => replica.Phase == ReplicaPhase.Running && replica.Version == deployment.Target.Version))
            .Select(static replica => replica.Id)
            .Order()
            .ToList();
        if (candidates.Count == 0)
            return _replica = null;
        if (_failure is null && _replica is { } last && candidates.Contains(last))
            return last;
        var next = candidates.FindIndex(candidate => _replica is { } failed && candidate.CompareTo(failed) > 0);
        return _replica = candidates[Math.Max(next, 0)];
    }

    private async Task AskAsync(ReplicaId replica, PolicyQuestion question)
    {
        var begin = environment.TimeProvider.GetTimestamp();
        var answer = await AnswerAsync(replica, question);
        var failure = answer.Failure ?? WhatIsWrong(question, answer.Advice);
        var now = environment.TimeProvider.GetUtcNow();
        bool isNews;
        lock (_lock)
        {
            _isAsking = false;
            isNews = (failure is null) != (_failure is null);
            _failure = failure;
            _failingSince = failure is null ? null : _failingSince ?? now;
            if (failure is null)
            {
                _at = now;
                _advice = new Dictionary<string, ScalingAdvice>(answer.Advice!, StringComparer.Ordinal);
            }
        }

        if (!stopping.IsCancellationRequested)
            environment.OnAnswer(new PolicyOutcome(Id, Spec.Name, environment.TimeProvider.GetElapsedTime(begin), failure, isNews));
    }

    private async Task<PolicyAnswer> AnswerAsync(ReplicaId replica, PolicyQuestion question)
    {
        using var timeout = new CancellationTokenSource(Spec.Timeout + Travel, environment.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            var answer = await environment.AskAsync(replica, question.ToJson(), both.Token).WaitAsync(both.Token);
            return answer is null ? PolicyAnswer.Failed($"replica {replica} could not be reached.") : PolicyAnswer.Parse(answer);
        }
        catch (OperationCanceledException)
        {
            return PolicyAnswer.Failed($"replica {replica} did not answer within {(Spec.Timeout + Travel).TotalSeconds:0.###} s.");
        }
        catch (JsonException exception)
        {
            return PolicyAnswer.Failed($"replica {replica} answered what can't be read: {exception.Message}");
        }
        catch (Exception exception)
        {
            // The way there is long, and what can break on it is not for this class to know.
            return PolicyAnswer.Failed($"replica {replica} could not be asked: {exception.Message}");
        }
    }

    private static string? WhatIsWrong(PolicyQuestion question, IReadOnlyDictionary<string, ScalingAdvice>? advice)
    {
        if (advice is null)
            return "the replica answered with nothing.";
        if (!question.IsWhole && !advice.ContainsKey(question.Deployments[0].Deployment))
            return "the replica's answer is for another deployment.";
        return advice.Keys.FirstOrDefault(name => question.Deployments.All(context => context.Deployment != name)) is { } unknown
            ? $"the replica's answer is for '{unknown}', which it was not asked about."
            : advice.Select(static pair => PolicyAnswer.WhatIsWrong(pair.Key, pair.Value)).FirstOrDefault(static problem => problem is not null);
    }
}
