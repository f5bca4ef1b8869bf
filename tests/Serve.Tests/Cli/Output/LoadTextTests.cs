using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Tests.Cli.Output;

/// <summary>What <c>serve top</c> and <c>serve explain</c> print of load and scaling, as golden text.</summary>
public sealed class LoadTextTests
{
    /// <summary>2026-01-02 03:04:05 UTC.</summary>
    private const double Time = 1767323045.5;

    private static readonly DeploymentLoadDetails Busy = new()
    {
        Application = "shop",
        Deployment = "Api",
        Running = 16,
        Queued = 204,
        MeanOngoing = 31.5,
        ArrivalsPerS = 152.34,
        CompletionsPerS = 80,
        LatencyP95S = 0.8124,
        WindowS = 30,
        ReplicasReady = 8,
        ReplicasStandby = 1,
        ReplicasStarting = 4,
        ReplicasTarget = 12,
        ReplicasMin = 1,
        ReplicasMax = 20,
        Rule = "up",
        Reason = "31.5 requests need 12 replicas",
    };

    private static readonly DeploymentLoadDetails Idle = Busy with
    {
        Deployment = "Images",
        Running = 0,
        Queued = 0,
        ArrivalsPerS = 0,
        LatencyP95S = null,
        ReplicasReady = 1,
        ReplicasStandby = 0,
        ReplicasTarget = 1,
        ReplicasMin = null,
        ReplicasMax = null,
        Rule = null,
        Reason = null,
    };

    [Fact]
    public void Load_Deployments_AreATable() => string.Join('\n', LoadText.Lines(new ClusterLoad(Time, [Busy, Idle]))).ShouldBe(
        """
        03:04:05 UTC  1 application, 2 deployments, 9 replicas ready; 16 running, 204 queued

        APPLICATION  DEPLOYMENT  RUNNING  QUEUED  ARRIVALS/S     P95  READY  TARGET  MIN-MAX  RULE
        shop         Api              16     204       152.3  812 ms    8+1      12  1-20     up: 31.5 requests need 12 replicas
        shop         Images            0       0         0.0       -      1       1  fixed
        """);

    [Fact]
    public void Load_NothingDeployed_SaysSo() => LoadText.Lines(new ClusterLoad(Time, []))[^1].ShouldBe("No deployment runs.");

    [Fact]
    public void Load_MoreThanThereIsRoomFor_SaysHowManyAreLeftOut()
    {
        var lines = LoadText.Lines(new ClusterLoad(Time, [.. Enumerable.Range(0, 10).Select(number => Busy with { Deployment = $"D{number}" })]), mostRows: 4);
        lines.Count(line => line.StartsWith("shop", StringComparison.Ordinal)).ShouldBe(3);
        lines[^1].ShouldStartWith("and 7 more;");
        lines[0].ShouldContain("10 deployments, 80 replicas ready");
    }

    [Fact]
    public void Autoscaling_Decisions_SayWhatWasDecidedWhenAndWhy()
    {
        var details = new AutoscalingDetails
        {
            Load = Busy,
            Now = Decision("down_delayed", 12, 12) with { UntilS = Time, Reason = "2 replicas are enough, since 3 s of the 10 s of downscale_delay_s" },
            Policy = null,
            NextChangeS = Time + 7,
            Decisions = [Decision("enough", 12, 12) with { Times = 31 }, Decision("up", 1, 12), Decision("from_zero", 0, 1)],
        };
        AutoscalingText.Of(details, most: 2).ShouldBe(
            """
              When does the number of replicas change?
                At 03:04:12 UTC, in 7.0 s, if the load stays as it is.
              What was decided?
                WHEN (UTC)            REPLICAS  RULE    SIGNAL  WHY
                03:04:01 to 03:04:04  12        enough  load    31.5 requests need 12 replicas
                03:04:01              1 -> 12   up      load    31.5 requests need 12 replicas
            """);
    }

    [Fact]
    public void Autoscaling_FixedNumber_HasNothingToSay() =>
        AutoscalingText.Of(new AutoscalingDetails { Load = Idle, Now = null, Policy = null, NextChangeS = null, Decisions = [] }, most: 10).ShouldBeEmpty();

    [Theory]
    [InlineData(0.0042, "4.2 ms")]
    [InlineData(0.5, "500 ms")]
    [InlineData(2.34, "2.3 s")]
    [InlineData(45.4, "45 s")]
    [InlineData(3600, "60 min")]
    public void Duration_OfAnySize_HasTheUnitThatFits(double seconds, string expected) => DurationText.Of(seconds).ShouldBe(expected);

    private static ScalingDecisionDetails Decision(string rule, int before, int after) => new()
    {
        AtS = Time - 4,
        UntilS = Time - 1,
        Times = 1,
        Rule = rule,
        Signal = "load",
        Before = before,
        After = after,
        Needed = 11.8,
        ReplicasReady = 8,
        ReplicasMin = 1,
        ReplicasMax = 20,
        Running = 16,
        Queued = 204,
        MeanOngoing = 31.5,
        ArrivalsPerS = 152.34,
        CompletionsPerS = 80,
        LatencyP95S = 0.8124,
        Reason = "31.5 requests need 12 replicas",
    };
}
