using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>The server's own autoscaler, told of every change as routers tell it.</summary>
internal sealed class OurPolicy(AutoscalingSpec spec) : IScalingPolicy
{
    private readonly LoadWindow _window = new();
    private ScalingTrend? _trend;

    public string Name => "serve";

    public void OnLoad(double now, int running, int queued, int completed) => _window.Set(At(now), running, queued, completed);

    public int Decide(double now, int runningReplicas, int target)
    {
        _window.Forget(At(now) - spec.LookBackPeriod);
        var input = new ScalingInput(
            spec, spec.MinReplicas, spec.MaxReplicas, runningReplicas, target, _window.Over(spec.LookBackPeriod, At(now)), _window.Over(Autoscaler.RecentWindow(spec), At(now)), _trend);
        (var decision, _trend) = Autoscaler.Decide(input, At(now));
        return decision.After;
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(1 + seconds);
}
