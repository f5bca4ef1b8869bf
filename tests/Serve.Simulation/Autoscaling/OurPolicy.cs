using Serve.Routing.Load;
using Serve.Server.Controller.Autoscaling;
using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>The server's own autoscaler, told of every change as routers tell it.</summary>
internal sealed class OurPolicy(AutoscalingSpec spec, string name = "serve") : IScalingPolicy
{
    private readonly LoadWindow _window = new();
    private DeploymentLoad _load = new("app", "Model");
    private double _changedAt;
    private readonly LoadForecast? _forecast = spec.Forecast is { } options ? new LoadForecast(options) : null;
    private ScalingMemory? _memory;

    public string Name => name;

    public void OnLoad(double now, int running, int queued, int completed)
    {
        var seconds = now - _changedAt;
        _load = _load with
        {
            Running = running,
            Queued = queued,
            Completed = completed,
            RunningSeconds = _load.RunningSeconds + (_load.Running * seconds),
            QueuedSeconds = _load.QueuedSeconds + (_load.Queued * seconds),
            Peak = running + queued,
        };
        _changedAt = now;
        _window.Set(At(now), _load);
    }

    public int Decide(double now, int runningReplicas, int target)
    {
        var load = _window.Over(spec.LookBackPeriod, At(now));
        _forecast?.Note(At(now), ReplicaDemand.Sustained(spec, load));
        var input = new ScalingInput
        {
            Spec = spec,
            Min = spec.MinReplicas,
            Max = spec.MaxReplicas,
            Running = runningReplicas,
            Target = target,
            Load = load,
            Recent = _window.Over(Autoscaler.RecentWindow(spec), At(now)),
            Memory = _memory,
            Forecast = _forecast?.Ahead(At(now)),
        };
        (var decision, _memory) = Autoscaler.Decide(input, At(now));
        return decision.After;
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(1 + seconds);
}
