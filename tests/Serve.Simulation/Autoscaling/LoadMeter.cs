using Serve.Routing.Load;
using Serve.Server.Controller.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>Counts what a simulated router has to do, as a real one does, into a window.</summary>
internal sealed class LoadMeter
{
    private DeploymentLoad _load = new("app", "Model");
    private DateTimeOffset _changedAt;

    public LoadWindow Window { get; } = new();

    public void Set(DateTimeOffset now, int running, int queued, long completed)
    {
        var seconds = _load.Total == 0 ? 0 : (now - _changedAt).TotalSeconds;
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
        Window.Set(now, _load);
    }
}
