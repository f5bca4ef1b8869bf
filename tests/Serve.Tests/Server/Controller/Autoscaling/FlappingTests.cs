using Serve.Simulation.Flapping;

namespace Serve.Tests.Server.Controller.Autoscaling;

/// <summary>Many replicas come and go under requests; the command <c>flapping</c> of the simulation does the same with ten times as many.</summary>
public sealed class FlappingTests
{
    [Fact]
    public void Load_UpAndDownByManyReplicas_NoRequestComesToOneThatIsGoneAndNoneWaitsForLong()
    {
        var result = FlappingRun.Run(new FlappingOptions { Fewest = 30, Most = 120, Times = 2 });
        result.MostReady.ShouldBe(120);
        result.FewestReady.ShouldBe(30);
        result.Started.ShouldBeGreaterThan(190, "it went up more than once");
        (result.ToGone, result.Unanswered).ShouldBe((0, 0));
        result.MaxWait.ShouldBeLessThan(TimeSpan.FromSeconds(10), "of simulated time: until the window has seen the load, and replicas have started");
    }
}
