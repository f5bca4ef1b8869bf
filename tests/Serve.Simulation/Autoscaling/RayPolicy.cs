using Serve.Specs.Autoscaling;

namespace Serve.Simulation.Autoscaling;

/// <summary>
/// Ray Serve's default policy with its metrics: a router notes its count every two seconds, and every ten pushes the average of its window, at once
/// only where there is no replica; the controller acts on the last number that it has once a direction has lasted for its delay.
/// </summary>
internal sealed class RayPolicy(AutoscalingSpec spec) : IScalingPolicy
{
    private const double PushInterval = 10;

    private readonly Queue<(double At, double Total)> _samples = [];
    private readonly double _recordInterval = Math.Min(0.2 * spec.LookBackPeriod.TotalSeconds, PushInterval);
    private double _nextRecord;
    private double _nextPush;
    private double _pushed;
    private int _total;
    private double? _upSince;
    private double? _downSince;

    public string Name => "ray";

    public void OnLoad(double now, int running, int queued, int completed) => _total = running + queued;

    public int Decide(double now, int runningReplicas, int target)
    {
        Record(now, isAtOnce: runningReplicas == 0 && _total > 0);
        if (runningReplicas == 0 && _pushed > 0)
            return Math.Max((int)Math.Ceiling(spec.UpscalingFactor), target);
        var scaled = Scale(runningReplicas, target);
        return Math.Clamp(Delay(now, scaled, target), spec.MinReplicas, spec.MaxReplicas);
    }

    private void Record(double now, bool isAtOnce)
    {
        if (now >= _nextRecord)
        {
            _nextRecord = now + _recordInterval;
            _samples.Enqueue((now, _total));
            while (_samples.Peek().At < now - spec.LookBackPeriod.TotalSeconds)
                _samples.Dequeue();
        }

        if (now >= _nextPush || isAtOnce)
        {
            _nextPush = now + PushInterval;
            _pushed = isAtOnce ? _total : _samples.Average(sample => sample.Total);
        }
    }

    private int Scale(int running, int target)
    {
        if (running == 0)
            return target;
        var desired = _pushed / spec.TargetOngoingRequests;
        var factor = desired > running ? spec.UpscalingFactor : spec.DownscalingFactor;
        var scaled = (int)Math.Ceiling(running + (factor * (desired - running)));
        return Math.Ceiling(desired) < running && scaled == running ? scaled - 1 : scaled;
    }

    private int Delay(double now, int scaled, int target)
    {
        if (scaled > target)
        {
            _downSince = null;
            _upSince ??= now;
            return now - _upSince >= spec.UpscaleDelay.TotalSeconds ? Done(scaled) : target;
        }

        if (scaled == target)
            return Done(target);
        if (target != 1)
            scaled = Math.Max(1, scaled);
        var delay = target == 1 ? spec.DownscaleToZeroDelay ?? spec.DownscaleDelay : spec.DownscaleDelay;
        _upSince = null;
        _downSince ??= now;
        return now - _downSince >= delay.TotalSeconds ? Done(scaled) : target;
    }

    private int Done(int number)
    {
        _upSince = _downSince = null;
        return number;
    }
}
