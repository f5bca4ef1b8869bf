using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>The server's own autoscaler, told of every change as routers tell it.</summary>
internal sealed class OurPolicy(AutoscalingSpec spec, string name = "serve") : IScalingPolicy
{
    private readonly LoadMeter _meter = new();
    private readonly LoadForecast? _forecast = spec.Forecast is { } options ? new LoadForecast(options) : null;
    private ScalingMemory? _memory;

    public string Name => name;

    public void OnLoad(double now, int running, int queued, int completed) => _meter.Set(At(now), running, queued, completed);

    public int Decide(double now, int runningReplicas, int target)
    {
        var load = _meter.Window.Over(spec.LookBackPeriod, At(now));
        _forecast?.Note(At(now), ReplicaDemand.Sustained(spec, load));
        var input = new ScalingInput
        {
            Spec = spec,
            Min = spec.MinReplicas,
            Max = spec.MaxReplicas,
            Running = runningReplicas,
            Target = target,
            Load = load,
            Recent = _meter.Window.Over(Autoscaler.RecentWindow(spec), At(now)),
            Memory = _memory,
            Forecast = _forecast?.Ahead(At(now)),
        };
        (var decision, _memory) = Autoscaler.Decide(input, At(now));
        return decision.After;
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(1 + seconds);
}
