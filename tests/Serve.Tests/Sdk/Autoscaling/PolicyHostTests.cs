using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Autoscaling;
using Serve.Discovery;
using Serve.Testing;
using Serve.Wire.Control;

namespace Serve.Tests.Sdk.Autoscaling;

/// <summary>A replica lets the program's policies decide; whatever they do, the replica answers.</summary>
public sealed class PolicyHostTests : IAsyncDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private readonly PolicyScript _script = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly PolicyHost _host;

    public PolicyHostTests()
    {
        var services = new ServiceCollection().AddSingleton(_script).BuildServiceProvider();
        _host = new PolicyHost(DeploymentCatalog.Of([typeof(Scaled)]), services, _clock, NullLogger<PolicyHost>.Instance);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void Describe_Program_NamesItsPolicies()
    {
        var description = DeploymentCatalog.Of([typeof(Scaled), typeof(ScaledByItsPolicy)]).Describe([]);
        description.Policies.ShouldNotBeNull().ShouldContain("Serve.Tests.Sdk.Autoscaling.CountingPolicy");
        description.ApplicationPolicies.ShouldNotBeNull().ShouldBe(["Serve.Tests.Sdk.Autoscaling.FollowTheFirst"]);
        description.Deployments[1].Options.ToJsonString().ShouldBe(
            """{"name":"ScaledByItsPolicy","num_replicas":"auto","autoscaling_config":{"policy":{"policy_function":"Serve.Tests.Sdk.Autoscaling.CountingPolicy"}}}""");
    }

    [Fact]
    public async Task Answer_PolicyWithArgumentsAndState_GoesOnWhereItsAdviceLeftOff()
    {
        var first = await AskAsync<CountingPolicy>("""{"step": 2}""");
        first.Advice.ShouldNotBeNull()["A"].Replicas.ShouldBe(2);
        var next = await AskAsync<CountingPolicy>("""{"step": 2}""", Context("A") with { State = first.Advice["A"].State });
        next.Advice.ShouldNotBeNull()["A"].ShouldSatisfyAllConditions(advice => advice.Replicas.ShouldBe(4), advice => advice.State!.GetValue<int>().ShouldBe(4));
    }

    [Fact]
    public async Task Answer_Policy_IsToldAllThatTheQuestionSays()
    {
        var metrics = new Dictionary<string, IReadOnlyDictionary<string, RecordedMetric>> { ["depth"] = new Dictionary<string, RecordedMetric> { ["app#A#1-1"] = new(3, _clock.GetUtcNow(), 2.5, 1, 4) } };
        var context = Context("A") with
        {
            RunningReplicas = ["app#A#1-1"], RunningRequests = 3, QueuedRequests = 4, MeanRequests = 5.5, ArrivalsPerSecond = 6.5, LatencyP95 = TimeSpan.FromSeconds(0.25), NeededForLoad = 1.5,
            LastScaleUpAt = _clock.GetUtcNow(), History = [new ScalingStep(_clock.GetUtcNow(), 1, 2)], Metrics = metrics,
        };
        (await AskAsync<ScriptedPolicy>(arguments: null, context)).Failure.ShouldBeNull();
        var seen = _script.Seen.Single();
        seen.TotalRequests().ShouldBe(7);
        seen.Metrics["depth"]["app#A#1-1"].ShouldBe(metrics["depth"]["app#A#1-1"]);
        seen.History.ShouldBe(context.History);
        (seen with { Metrics = context.Metrics, History = context.History, RunningReplicas = context.RunningReplicas }).ShouldBe(context);
    }

    [Fact]
    public async Task Answer_SamePolicyAgain_IsTheSameObject_AnotherArgumentAnother()
    {
        await AskAsync<ScriptedPolicy>();
        await AskAsync<ScriptedPolicy>();
        (_script.Made, _script.Ended).ShouldBe((1, 0));
        await AskAsync<ScriptedPolicy>("""{"a": 1}""");
        (_script.Made, _script.Ended).ShouldBe((2, 1));
        await AskAsync<ScriptedPolicy>("""{"a": 1}""", Context("B"));
        _script.Made.ShouldBe(3, "each deployment has a policy of its own");
    }

    [Theory]
    [InlineData(double.NaN, "it wants NaN replicas of 'A', which is no number of replicas.")]
    [InlineData(-1, "it wants -1 replicas of 'A', which is no number of replicas.")]
    [InlineData(double.PositiveInfinity, "it wants Infinity replicas of 'A', which is no number of replicas.")]
    public async Task Answer_AdviceThatCannotBe_IsAFailure(double replicas, string expected)
    {
        _script.Decide = (_, _) => Task.FromResult(new ScalingAdvice(replicas));
        (await AskAsync<ScriptedPolicy>()).Failure.ShouldBe(expected);
    }

    [Fact]
    public async Task Answer_StateTooLarge_IsAFailure()
    {
        _script.Decide = (_, _) => Task.FromResult(new ScalingAdvice(1, JsonValue.Create(new string('x', PolicyQuestion.MaxStateLength))));
        (await AskAsync<ScriptedPolicy>()).Failure.ShouldBe("its state for 'A' is 65538 characters of JSON; the most is 65536.");
    }

    [Fact]
    public async Task Answer_PolicyThrows_SaysWhatAndGoesOn()
    {
        _script.Decide = static (_, _) => throw new FormatException("the queue speaks gibberish");
        (await AskAsync<ScriptedPolicy>()).Failure.ShouldBe("it threw System.FormatException: the queue speaks gibberish");
        _script.Decide = static (_, _) => Task.FromResult<ScalingAdvice>(3);
        (await AskAsync<ScriptedPolicy>()).Advice.ShouldNotBeNull()["A"].Replicas.ShouldBe(3);
    }

    [Fact]
    public async Task Answer_WrongArguments_SaysWhatTheyAre() =>
        (await AskAsync<PickyPolicy>()).Failure.ShouldBe("it threw System.FormatException: there must be a queue");

    [Fact]
    public async Task Answer_UnknownPolicy_SaysSo() =>
        (await AskAsync("Shop.Nothing", isWhole: false, null, [Context("A")])).Failure.ShouldBe("it threw System.InvalidOperationException: The program has no class 'Shop.Nothing' that implements IAutoscalingPolicy.");

    [Fact]
    public async Task Answer_NoQuestion_IsAFailure() =>
        PolicyAnswer.Parse(await _host.AnswerAsync("""{"policy": 3}""", default)).Failure.ShouldNotBeNull().ShouldStartWith("the replica could not read the question");

    [Fact]
    public async Task Answer_PolicyThatHeedsTheToken_EndsInTime()
    {
        _script.Decide = static async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 1;
        };
        var late = AskAsync<ScriptedPolicy>();
        await Eventually.TrueAsync(() => _script.Seen.Count == 1);
        _clock.Advance(TimeLimit);
        (await late).Failure.ShouldBe("it did not decide within 5 s (timeout_s).");
    }

    [Fact]
    public async Task Answer_PolicyThatHangs_IsLateAndNotAskedAgainUntilItEnds()
    {
        var hang = new TaskCompletionSource<ScalingAdvice>();
        _script.Decide = (_, _) => hang.Task;
        var late = AskAsync<ScriptedPolicy>();
        await Eventually.TrueAsync(() => _script.Seen.Count == 1);
        _clock.Advance(TimeLimit);
        (await late).Failure.ShouldBe("it did not decide within 5 s (timeout_s).");
        (await AskAsync<ScriptedPolicy>()).Failure.ShouldNotBeNull().ShouldStartWith("it was asked while it had not ended its last decision");
        _script.Seen.Count.ShouldBe(1);

        hang.SetResult(2);
        await Eventually.TrueAsync(async () => (await AskAsync<ScriptedPolicy>()).Failure is null);
    }

    [Fact]
    public async Task Answer_ApplicationPolicy_DecidesForAll()
    {
        var answer = await AskAsync(typeof(FollowTheFirst).FullName!, isWhole: true, null, [Context("A") with { QueuedRequests = 4 }, Context("B")]);
        answer.Advice.ShouldNotBeNull().ToDictionary(pair => pair.Key, pair => pair.Value.Replicas).ShouldBe(new Dictionary<string, double> { ["A"] = 4, ["B"] = 4 });
        answer.Advice["B"].State!.GetValue<string>().ShouldBe("B");
    }

    [Fact]
    public async Task Answer_ApplicationPolicyNamesAnUnknownDeployment_IsAFailure() =>
        (await AskAsync(typeof(FollowTheFirst).FullName!, isWhole: true, """{"also": "C"}""", [Context("A"), Context("B")])).Failure
            .ShouldBe("it threw System.InvalidOperationException: It gave advice for 'C', which it was not asked about; it was asked about 'A', 'B'.");

    private Task<PolicyAnswer> AskAsync<TPolicy>(string? arguments = null, AutoscalingContext? context = null) => AskAsync(typeof(TPolicy).FullName!, isWhole: false, arguments, [context ?? Context("A")]);

    private async Task<PolicyAnswer> AskAsync(string policy, bool isWhole, string? arguments, AutoscalingContext[] contexts) =>
        PolicyAnswer.Parse(await _host.AnswerAsync(new PolicyQuestion(policy, arguments, TimeLimit, isWhole, contexts).ToJson(), default).WaitAsync(Eventually.Patience));

    private AutoscalingContext Context(string deployment) => new()
    {
        Application = "app",
        Deployment = deployment,
        Now = _clock.GetUtcNow(),
        TargetReplicas = 1,
        MinReplicas = 0,
        MaxReplicas = 9,
        Settings = new AutoscalingSettings(2, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(600), 1, 1),
    };
}
