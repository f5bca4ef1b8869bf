using Serve.Routing.Load;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Tests.Server.Controller.Autoscaling;

public sealed class LoadWindowTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LoadWindow _window = new();
    private DeploymentLoad _load = new("app", "Model");
    private double _at;

    [Fact]
    public void Over_NothingKnown_IsNothing() => Over(10, at: 5).ShouldBe(LoadFigures.None);

    [Fact]
    public void Over_AStep_IsWeightedWithTime()
    {
        Set(0, running: 1);
        Set(6, running: 5, queued: 2);
        var figures = Over(10, at: 10);
        figures.Mean.ShouldBe(((6 * 1) + (4 * 7)) / 10.0, tolerance: 1e-9);
        figures.MeanRunning.ShouldBe(((6 * 1) + (4 * 5)) / 10.0, tolerance: 1e-9);
        figures.Max.ShouldBe(7);
        figures.Min.ShouldBe(1);
        figures.Now.ShouldBe(7);
        Over(2, at: 10).Mean.ShouldBe(7, tolerance: 1e-9);
        Over(2, at: 7).Mean.ShouldBe(4, tolerance: 1e-9);
    }

    [Fact]
    public void Over_ArrivalsAndCompletions_ArePerSecond()
    {
        Set(0, running: 0);
        for (var i = 1; i <= 100; i++)
            Set(i / 10.0, running: 2, completed: i);
        var figures = Over(5, at: 10);
        figures.Completions.ShouldBe(10, tolerance: 0.5);
        figures.Arrivals.ShouldBe(10, tolerance: 0.5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Over_ManyChangesInOneGrain_LosesNothingOfTheMean(int seed)
    {
        var random = new Random(seed);
        var at = 0.0;
        var from = -1.0;
        var busy = 0.0;
        Over(30, at: 0);
        Set(0, running: 0);
        while (at < 60)
        {
            var next = at + (random.NextDouble() / 200);
            if (from < 0 && at >= 30)
                (from, busy) = (at, 0);
            busy += _load.Running * (next - at);
            at = next;
            Set(at, running: random.Next(20));
        }

        Over(at - from, at).MeanRunning.ShouldBe(busy / (at - from), tolerance: 0.05);
        Over(30, at).Max.ShouldBe(19);
    }

    [Fact]
    public void Over_PeakBetweenTwoReports_IsTheMost()
    {
        Set(0, running: 1);
        Set(1, running: 1, peak: 40);
        Set(2, running: 1);
        Over(10, at: 3).Max.ShouldBe(40);
        Over(0.5, at: 3).Max.ShouldBe(1);
    }

    [Fact]
    public void Percentile_MostOfTheTimeQuiet_IsWhatThereWasForThatShare()
    {
        Set(0, running: 1);
        Set(9, running: 10);
        Percentile(0.5, at: 10).ShouldBe(1, tolerance: 1e-9);
        Percentile(0.9, at: 10).ShouldBe(1, tolerance: 1e-6);
        Percentile(0.95, at: 10).ShouldBe(10, tolerance: 1e-9);
    }

    [Fact]
    public void Over_LongQuiet_HasForgottenAllOfIt()
    {
        Set(0, running: 5);
        Set(1, running: 0, completed: 5);
        Over(10, at: 1000).ShouldBe(LoadFigures.None);
    }

    private double Percentile(double share, double at) => _window.Percentile(TimeSpan.FromSeconds(10), Begin.AddSeconds(at), share);

    private LoadFigures Over(double seconds, double at) => _window.Over(TimeSpan.FromSeconds(seconds), Begin.AddSeconds(at));

    private void Set(double at, int running, int queued = 0, long? completed = null, int peak = 0)
    {
        var seconds = at - _at;
        _load = _load with
        {
            RunningSeconds = _load.RunningSeconds + (_load.Running * seconds),
            QueuedSeconds = _load.QueuedSeconds + (_load.Queued * seconds),
            Running = running,
            Queued = queued,
            Completed = completed ?? _load.Completed,
            Peak = Math.Max(peak, running + queued),
        };
        _at = at;
        _window.Set(Begin.AddSeconds(at), _load);
    }
}
