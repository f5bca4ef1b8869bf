using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Routing.Load;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Testing;
using Serve.Testing.Cluster;
using Serve.Wire.Control;

namespace Serve.Tests.Server.Controller.Autoscaling.Policies;

/// <summary>The leader asks the programs' policies in their replicas, never waits, and keeps what was good.</summary>
public sealed class ScalingPoliciesTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TestLog _log = new();
    private readonly List<(ReplicaId Replica, PolicyQuestion Question)> _asked = [];
    private readonly List<PolicyNotice> _notices = [];
    private readonly MetricBook _metrics;
    private readonly ScalingPolicies _policies;
    private FakeCluster _cluster = null!;

    /// <summary>What the replicas answer.</summary>
    private Func<PolicyQuestion, CancellationToken, Task<PolicyAnswer>> _answer = static (question, _) => Task.FromResult(All(question, 3));

    public ScalingPoliciesTests()
    {
        _metrics = new MetricBook(_clock);
        _policies = new ScalingPolicies(() => _cluster.State, _metrics, AskAsync, _clock, _log.CreateLogger<ScalingPolicies>())
        {
            OnNotice = notice =>
            {
                lock (_notices)
                    _notices.Add(notice);
            },
        };
    }

    public async Task InitializeAsync()
    {
        _cluster = await FakeCluster.StartAsync();
        _cluster.Programs.Put("/p", new FakeProgram
        {
            Version = "v1", Deployments = [FakeProgram.Ingress("A"), FakeProgram.Deployment("B")], Policies = ["P", "Q"], ApplicationPolicies = ["W"],
        });
        await DeployAsync(Own("P"));
    }

    public async Task DisposeAsync() => await _policies.DisposeAsync();

    [Fact]
    public async Task Latest_BeforeTheFirstAnswer_WantsNothingAndDoesNotWait()
    {
        var hang = new TaskCompletionSource<PolicyAnswer>();
        _answer = (_, _) => hang.Task;
        Look().ShouldBe(new PolicyAdvice(Wanted: null));
        await AskedAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Look().ShouldBe(new PolicyAdvice(Wanted: null));
        hang.SetResult(All(_asked[0].Question, 2.5));
        await Eventually.TrueAsync(() => Look() == new PolicyAdvice(2.5));
    }

    [Fact]
    public async Task Latest_OneQuestionAtATimeAndNotMoreThanTwoASecond()
    {
        await WantsAsync(3);
        for (var i = 0; i < 100; i++)
            Look();
        _asked.Count.ShouldBe(1);
        _clock.Advance(PolicyEvaluator.Interval);
        Look();
        await AskedAsync(2);
    }

    [Fact]
    public async Task Latest_State_GoesWithTheNextQuestion()
    {
        _answer = static (question, _) => Task.FromResult(new PolicyAnswer(new Dictionary<string, ScalingAdvice> { ["A"] = new(1, (question.Deployments[0].State?.GetValue<int>() ?? 0) + 1) }, Failure: null));
        await WantsAsync(1);
        await PassAsync(() => _asked.Count == 3);
        _asked.Select(pair => pair.Question.Deployments[0].State?.GetValue<int>()).ShouldBe([null, 1, 2]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    public async Task Latest_AdviceThatCannotBe_TheLastGoodOneStays(double replicas)
    {
        await WantsAsync(3);
        // Not made by PolicyAnswer.Failed: a worker may be anybody's code.
        _answer = (question, _) => Task.FromResult(double.IsNaN(replicas) ? new PolicyAnswer(Advice: null, Failure: null) : All(question, replicas));
        await PassAsync(() => _policies.View(A)!.Failure is not null);
        Look().ShouldBe(new PolicyAdvice(3));
        _notices.ShouldHaveSingleItem().Failure.ShouldBe(double.IsNaN(replicas) ? "the replica answered with nothing." : "it wants -1 replicas of 'A', which is no number of replicas.");
    }

    [Fact]
    public async Task Latest_PolicyFailsAndRecovers_IsToldOnceEach()
    {
        await WantsAsync(3);
        _answer = static (_, _) => Task.FromResult(PolicyAnswer.Failed("it threw System.FormatException: x"));
        await PassAsync(() => _asked.Count >= 5 && _policies.View(A)!.Failure is not null);
        Look().ShouldBe(new PolicyAdvice(3));
        _policies.View(A)!.FailingSince.ShouldNotBeNull();
        _answer = static (question, _) => Task.FromResult(All(question, 4));
        await PassAsync(() => Look() == new PolicyAdvice(4));
        _policies.View(A).ShouldNotBeNull().ShouldSatisfyAllConditions(view => view.Failure.ShouldBeNull(), view => view.FailingSince.ShouldBeNull());
        _notices.ShouldBe([new PolicyNotice("shop", "A", "P", "it threw System.FormatException: x"), new PolicyNotice("shop", "A", "P", Failure: null)]);
    }

    [Fact]
    public async Task Latest_ReplicaDoesNotAnswer_IsGivenUpAndAnotherOneIsAsked()
    {
        _answer = static async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException();
        };
        Look();
        await AskedAsync(1);
        await PassAsync(() => _asked.Count == 2, TimeSpan.FromSeconds(1));
        _policies.View(A)!.Failure.ShouldBe($"replica {_asked[0].Replica} did not answer within 7 s.");
        _asked[1].Replica.ShouldNotBe(_asked[0].Replica);
    }

    [Fact]
    public async Task Latest_ReplicaCannotBeReached_IsAFailureThatNamesIt()
    {
        _answer = static (_, _) => throw new ReplicaLostException("The worker closed its link.");
        await PassAsync(() => _policies.View(A)!.Failure is not null);
        _policies.View(A)!.Failure.ShouldBe($"replica {_asked[0].Replica} could not be asked: The worker closed its link.");
    }

    [Fact]
    public async Task Latest_ReplicaIsNotThere_IsAFailureThatNamesIt()
    {
        _answer = static (_, _) => Task.FromResult<PolicyAnswer>(null!);
        await PassAsync(() => _policies.View(A)!.Failure is not null);
        _policies.View(A)!.Failure.ShouldBe($"replica {_asked[0].Replica} could not be reached.");
    }

    [Fact]
    public async Task Latest_ReplicaAnswersWell_IsAskedAgain()
    {
        await PassAsync(() => _asked.Count == 4);
        _asked.Select(pair => pair.Replica).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Latest_NobodyRunsThatCouldBeAsked_WantsNothing()
    {
        await WantsAsync(3);
        _cluster.Programs.Put("/p", new FakeProgram { Version = "v2", Deployments = [FakeProgram.Ingress("A")], Policies = ["P"], Start = static _ => FakeStart.Hangs });
        await DeployAsync(Own("P"), settles: false);
        await PassAsync(() => Look() == new PolicyAdvice(Wanted: null));
        _policies.View(A)!.HasNobody.ShouldBeTrue();
        _notices.ShouldBeEmpty("nothing is wrong with the policy");
    }

    [Fact]
    public async Task Latest_AnotherPolicyAndBack_BeginsAnewEachTime()
    {
        await WantsAsync(3);
        _answer = static (question, _) => Task.FromResult(new PolicyAnswer(new Dictionary<string, ScalingAdvice> { ["A"] = new(question.Policy == "P" ? 5 : 6, "remembered") }, Failure: null));
        foreach (var (name, wanted) in new[] { ("Q", 6), ("P", 5) })
        {
            await DeployAsync(Own(name));
            var before = _asked.Count;
            Look().ShouldBe(new PolicyAdvice(Wanted: null), "what another policy wanted is not this one's");
            await PassAsync(() => Look() == new PolicyAdvice(wanted));
            _asked.Skip(before).Select(asked => asked.Question).First(question => question.Policy == name).Deployments[0].State.ShouldBeNull();
        }

        await DeployAsync(Own(PolicyOptions.Default));
        Look().ShouldBeNull("Serve decides");
        _policies.View(A).ShouldBeNull();
    }

    [Fact]
    public async Task Latest_ApplicationPolicy_IsAskedOnceForAllAndMayLeaveSome()
    {
        await DeployAsync(Whole());
        _answer = static (question, _) => Task.FromResult(new PolicyAnswer(new Dictionary<string, ScalingAdvice> { ["A"] = new(7, JsonValue.Create("of A")) }, Failure: null));
        Look("A").ShouldBe(new PolicyAdvice(Wanted: null));
        _asked.ShouldBeEmpty("B has not been looked at");
        Look("B");
        await AskedAsync(1);
        _asked[0].Question.ShouldSatisfyAllConditions(question => question.IsWhole.ShouldBeTrue(), question => question.Deployments.Select(context => context.Deployment).ShouldBe(["A", "B"]));
        await Eventually.TrueAsync(() => Look("A") == new PolicyAdvice(7) && Look("B") == new PolicyAdvice(Wanted: null, LeavesIt: true));
        await PassAsync(() => _asked.Count == 2, looks: ["A", "B"]);
        _asked[1].Question.Deployments.Select(context => context.State?.GetValue<string>()).ShouldBe(["of A", null]);
        _policies.View(A).ShouldNotBeNull().IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task Latest_AnswerForAnother_IsAFailure()
    {
        _answer = static (_, _) => Task.FromResult(new PolicyAnswer(new Dictionary<string, ScalingAdvice> { ["B"] = 2 }, Failure: null));
        await PassAsync(() => _policies.View(A)!.Failure is not null);
        _policies.View(A)!.Failure.ShouldBe("the replica's answer is for another deployment.");
    }

    [Fact]
    public async Task Context_HasWhatTheReplicasRecordAndWhatChanged()
    {
        var replica = A.Replicas.Keys.Single();
        _metrics.Record(new ReplicaRecord(replica, new Dictionary<string, double> { ["depth"] = 4, ["bad name"] = 4, ["none"] = double.NaN }));
        _metrics.Record(new ReplicaRecord(new ReplicaId(A.Id, 99, 99), new Dictionary<string, double> { ["depth"] = 100 }));
        await AskedAsync(1);
        var up = _clock.GetUtcNow() + PolicyEvaluator.Interval;
        (await _cluster.ScaleAsync("shop", "A", 4)).ShouldBeNull();
        await _cluster.SettleAsync();
        await PassAsync(() => _asked.Count == 2);

        var first = _asked[0].Question.Deployments[0];
        first.Metrics.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            pair => pair.Key.ShouldBe("depth"),
            pair => pair.Value.ShouldHaveSingleItem().ShouldSatisfyAllConditions(one => one.Key.ShouldBe(replica.ToString()), one => one.Value.Last.ShouldBe(4)));
        (first.TargetReplicas, first.MinReplicas, first.MaxReplicas, first.History.Count).ShouldBe((1, 1, 9, 0));
        var second = _asked[1].Question.Deployments[0];
        second.History.ShouldHaveSingleItem().ShouldBe(new ScalingStep(up, 1, 4));
        (second.LastScaleUpAt, second.LastScaleDownAt).ShouldBe((up, null));
        second.RunningReplicas.Count.ShouldBe(4);
    }

    private DeploymentState A => _cluster.Find("shop", "A");

    private static PolicyAnswer All(PolicyQuestion question, double replicas) => new(question.Deployments.ToDictionary(context => context.Deployment, _ => new ScalingAdvice(replicas)), Failure: null);

    private static ApplicationSpec Own(string policy) => App(new AutoscalingOptions { MaxReplicas = 9, Policy = new PolicyOptions { Function = policy } });

    private static ApplicationSpec Whole() => App(new AutoscalingOptions { MaxReplicas = 9 }) with { Policy = new PolicyOptions { Function = "W" } };

    private static ApplicationSpec App(AutoscalingOptions options) =>
        FakeCluster.App("shop", "/p", overrides: [new DeploymentOptions { Name = "A", Autoscaling = options }, .. options.Policy.Function == PolicyOptions.Default ? [new DeploymentOptions { Name = "B", NumReplicas = ReplicaCount.Auto }] : Array.Empty<DeploymentOptions>()]);

    private async Task DeployAsync(ApplicationSpec application, bool settles = true)
    {
        (await _cluster.DeployAsync(application)).ShouldBeNull();
        if (settles)
            await _cluster.SettleAsync();
        else
            await Eventually.TrueAsync(async () =>
            {
                await _cluster.StepAsync();
                return A.Target.Command.Version == "v2";
            });
        _cluster.State.Applications["shop"].Failure.ShouldBeNull();
    }

    private PolicyAdvice? Look(string deployment = "A")
    {
        var state = _cluster.Find("shop", deployment);
        return _policies.Latest(state, () => new PolicyContext(InputOf(state), _clock.GetUtcNow()));
    }

    private static ScalingInput InputOf(DeploymentState state) => new()
    {
        Spec = state.Target.Spec.Autoscaling!,
        Min = 1,
        Max = 9,
        Running = 1,
        Target = state.Target.Spec.NumReplicas,
        Load = LoadFigures.None,
        Recent = LoadFigures.None,
    };

    private Task WantsAsync(double replicas) => Eventually.TrueAsync(() => Look() == new PolicyAdvice(replicas));

    private Task AskedAsync(int times) => Eventually.TrueAsync(() =>
    {
        Look();
        lock (_asked)
            return _asked.Count >= times;
    });

    /// <summary>Lets time pass until something has come about.</summary>
    private Task PassAsync(Func<bool> condition, TimeSpan? step = null, params string[] looks) => Eventually.TrueAsync(() =>
    {
        if (condition())
            return true;
        _clock.Advance(step ?? PolicyEvaluator.Interval);
        foreach (var look in looks.Length == 0 ? ["A"] : looks)
            Look(look);
        return condition();
    });

    private async Task<string?> AskAsync(ReplicaId replica, string json, CancellationToken cancellationToken)
    {
        var question = PolicyQuestion.Parse(json);
        lock (_asked)
            _asked.Add((replica, question));
        return (await _answer(question, cancellationToken))?.ToJson();
    }
}
