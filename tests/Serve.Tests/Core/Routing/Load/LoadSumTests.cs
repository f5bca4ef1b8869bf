using Serve.Routing.Load;

namespace Serve.Tests.Core.Routing.Load;

public sealed class LoadSumTests
{
    private readonly LoadSum<string> _sum = new(new DeploymentLoad("app", "Model"), now: 0);

    [Fact]
    public void At_TwoSources_AreAddedUp()
    {
        Take("a", 0, running: 2, queued: 1);
        Take("b", 0, running: 3);
        var load = _sum.At(now: 10);
        load.Running.ShouldBe(5);
        load.Queued.ShouldBe(1);
        load.RunningSeconds.ShouldBe(50, tolerance: 1e-9);
        load.QueuedSeconds.ShouldBe(10, tolerance: 1e-9);
    }

    [Fact]
    public void At_SourcesThatReportAtTheirOwnTimes_IsExactlyWhatTheySaw()
    {
        var random = new Random(11);
        var sources = new DeploymentLoad[20];
        var at = new double[20];
        Array.Fill(sources, new DeploymentLoad("app", "Model"));
        var now = 0.0;
        for (var i = 0; i < 5000; i++)
        {
            now += random.NextDouble() / 10;
            var who = random.Next(20);
            var before = sources[who];
            // It has changed since its last report in a way that nobody was told of.
            var seen = before.RunningSeconds + (random.NextDouble() * 5);
            sources[who] = before with { Running = random.Next(10), Completed = before.Completed + random.Next(5), RunningSeconds = seen };
            at[who] = now;
            _sum.Take($"{who}", sources[who], now, isOld: false);
        }

        var load = _sum.At(now);
        load.Running.ShouldBe(sources.Sum(static source => source.Running));
        load.Completed.ShouldBe(sources.Sum(static source => source.Completed));
        load.RunningSeconds.ShouldBe(sources.Select((source, i) => source.RunningSeconds + (source.Running * (now - at[i]))).Sum(), tolerance: 1e-6);
    }

    [Fact]
    public void Remove_SourceWithRequests_TakesThemOutAndKeepsWhatWas()
    {
        Take("a", 0, running: 2, completed: 7);
        Take("b", 0, running: 3);
        _sum.Remove("a", now: 4);
        var load = _sum.At(now: 10);
        load.Running.ShouldBe(3);
        load.Completed.ShouldBe(7);
        load.RunningSeconds.ShouldBe((2 * 4) + (3 * 10), tolerance: 1e-9);
        _sum.Remove("b", now: 10);
        _sum.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Take_SourceThatWasLost_GoesOnFromItsTotals()
    {
        Take("a", 0, running: 2, completed: 5);
        _sum.Lose("a", now: 1);
        _sum.At(now: 3).Running.ShouldBe(0);
        _sum.Take("a", new DeploymentLoad("app", "Model") { Running = 2, Completed = 9, RunningSeconds = 10 }, now: 5, isOld: true);
        var load = _sum.At(now: 5);
        load.Running.ShouldBe(2);
        load.Completed.ShouldBe(9);
        load.RunningSeconds.ShouldBe(10, tolerance: 1e-9);
    }

    [Fact]
    public void Take_TotalsThatBeganAnew_AreAllNew()
    {
        Take("a", 0, running: 1, completed: 100);
        Take("a", 1, running: 0, completed: 3);
        _sum.At(now: 1).Completed.ShouldBe(103);
    }

    [Fact]
    public void Take_SourceThatWasThereBeforeAnybodyListened_CountsFromHereOn()
    {
        _sum.Take("a", new DeploymentLoad("app", "Model") { Running = 1, Completed = 1_000_000, RunningSeconds = 5000 }, now: 0, isOld: true);
        _sum.Take("a", new DeploymentLoad("app", "Model") { Running = 1, Completed = 1_000_010, RunningSeconds = 5001 }, now: 1, isOld: false);
        var load = _sum.At(now: 1);
        load.Completed.ShouldBe(10);
        load.RunningSeconds.ShouldBe(1, tolerance: 1e-9);
    }

    [Fact]
    public void At_Latencies_WeighAsMuchAsTheyHaveAnswers()
    {
        _sum.Take("a", new DeploymentLoad("app", "Model") { LatencyP95 = 1, Answers = 300 }, now: 0, isOld: false);
        _sum.Take("b", new DeploymentLoad("app", "Model") { LatencyP95 = 2, Answers = 100 }, now: 0, isOld: false);
        _sum.Take("c", new DeploymentLoad("app", "Model"), now: 0, isOld: false);
        _sum.At(now: 0).LatencyP95!.Value.ShouldBe(1.25, tolerance: 1e-9);
        _sum.Remove("a", now: 0);
        _sum.At(now: 0).LatencyP95!.Value.ShouldBe(2, tolerance: 1e-9);
        _sum.Remove("b", now: 0);
        _sum.At(now: 0).LatencyP95.ShouldBeNull();
    }

    [Fact]
    public void At_Peak_IsOfOneSourceWithWhatTheOthersHave()
    {
        Take("a", 0, running: 2);
        Take("b", 0, running: 3);
        _sum.ForgetPeak();
        _sum.Take("a", new DeploymentLoad("app", "Model") { Running = 1, Peak = 8 }, now: 1, isOld: false);
        _sum.At(now: 1).Peak.ShouldBe(11);
        _sum.ForgetPeak();
        _sum.At(now: 1).Peak.ShouldBe(4);
    }

    [Fact]
    public void Take_OfASumThatWasPutRightDownwards_CountsNothingTwice()
    {
        var leader = new LoadSum<string>(new DeploymentLoad("app", "Model"), now: 0);
        Take("proxy", 0, running: 1, completed: 100);
        // The node says what it thinks that there is after a while; in truth the request had ended long before.
        leader.Take("node", _sum.At(now: 0.2), now: 0.2, isOld: false);
        _sum.Take("proxy", new DeploymentLoad("app", "Model") { Completed = 101, RunningSeconds = 0.05 }, now: 0.2, isOld: false);
        leader.Take("node", _sum.At(now: 0.2), now: 0.2, isOld: false);
        leader.At(now: 0.2).Completed.ShouldBe(101);
        leader.At(now: 0.2).RunningSeconds.ShouldBe(0.05, tolerance: 1e-9);
    }

    private void Take(string source, double now, int running, int queued = 0, long completed = 0) => _sum.Take(
        source, new DeploymentLoad("app", "Model") { Running = running, Queued = queued, Completed = completed, Peak = running + queued }, now, isOld: false);
}
