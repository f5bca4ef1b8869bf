namespace Serve.Simulation.Autoscaling;

/// <summary>What came of a trial.</summary>
/// <param name="Requests">How many requests came.</param>
/// <param name="P50">Their median latency, in seconds.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="OverObjective">The share of requests that took longer than the objective.</param>
/// <param name="ReplicaSeconds">How long replicas were there, all together, starting ones included.</param>
/// <param name="IdealSeconds">How long the fewest that the load needs would have been there.</param>
/// <param name="Flaps">How often the number turned within a minute.</param>
internal sealed record TrialResult(int Requests, double P50, double P95, double OverObjective, double ReplicaSeconds, double IdealSeconds, int Flaps);

/// <summary>
/// A deployment in simulation, event by event: requests at random with the shape's rate, service times at random around 100 ms, replicas that
/// take a few seconds to start and finish what they have before they go.
/// </summary>
internal sealed class SimService(LoadShape shape, IScalingPolicy policy, ServiceOptions options, int seed)
{
    private const double FlapTime = 60;

    private readonly Random _random = new(seed);
    private readonly PriorityQueue<Event, double> _events = new();
    private readonly Queue<double> _waiting = [];
    private readonly List<double> _latencies = [];
    private double _now;
    private double _counted;
    private double _replicaSeconds;
    private double _idealSeconds;
    private double _lastChange = double.NegativeInfinity;
    private int _lastDirection;
    private int _flaps;
    private int _ready;
    private int _starting;
    private int _cancelledStarts;
    private int _running;
    private int _target;
    private int _completed;

    private enum EventKind
    {
        Arrival,
        Finish,
        Ready,
        Round,
    }

    public TrialResult Run()
    {
        _ready = _target = options.First;
        Schedule(EventKind.Round, 0);
        if (shape.Clients is null)
            ScheduleArrival();
        while (_events.TryDequeue(out var next, out var at) && at <= shape.Length.TotalSeconds)
        {
            Pass(at);
            Handle(next);
        }

        _latencies.Sort();
        return new TrialResult(
            _latencies.Count, Percentile(0.5), Percentile(0.95), _latencies.Count(latency => latency > options.Objective) / (double)Math.Max(1, _latencies.Count), _replicaSeconds, _idealSeconds, _flaps);
    }

    private void Handle(Event next)
    {
        switch (next.Kind)
        {
            case EventKind.Arrival:
                // Thinning (Lewis and Shedler, 1979): arrivals at the highest rate, of which each counts with the share of the rate of its time.
                if (_random.NextDouble() * options.HighestRate < shape.Rate(_now))
                {
                    _waiting.Enqueue(_now);
                    Serve();
                }

                ScheduleArrival();
                break;
            case EventKind.Finish:
                _running--;
                _latencies.Add(_now - next.Since);
                _completed++;
                AskAgain();
                Serve();
                break;
            case EventKind.Ready when _cancelledStarts > 0:
                _cancelledStarts--;
                break;
            case EventKind.Ready:
                _starting--;
                _ready++;
                Serve();
                break;
            default:
                AskAgain();
                Serve();
                Steer(policy.Decide(_now, _ready, _target));
                Schedule(EventKind.Round, options.Round);
                break;
        }
    }

    /// <summary>Each client that has its answer, or is new, asks at once.</summary>
    private void AskAgain()
    {
        if (shape.Clients is not { } clients)
            return;
        for (var missing = clients(_now) - _running - _waiting.Count; missing > 0; missing--)
            _waiting.Enqueue(_now);
    }

    private void Serve()
    {
        while (_waiting.Count > 0 && _running < _ready * options.MaxOngoing)
        {
            _running++;
            var since = _waiting.Dequeue();
            _events.Enqueue(new Event(EventKind.Finish, since), _now + ServiceTime());
        }

        policy.OnLoad(_now, _running, _waiting.Count, _completed);
    }

    private void Steer(int target)
    {
        if (target == _target)
            return;
        var direction = Math.Sign(target - _target);
        if (_lastDirection != 0 && direction != _lastDirection && _now - _lastChange < FlapTime)
            _flaps++;
        _lastDirection = direction;
        _lastChange = _now;
        _target = target;
        for (; _ready + _starting < target; _starting++)
            Schedule(EventKind.Ready, options.StartTime);
        var tooMany = _ready + _starting - target;
        if (tooMany <= 0)
            return;
        var neverReady = Math.Min(tooMany, _starting);
        _starting -= neverReady;
        _cancelledStarts += neverReady;
        _ready -= tooMany - neverReady;
    }

    private void Pass(double at)
    {
        var time = at - _counted;
        // What drains is still there.
        var draining = Math.Max(0, (int)Math.Ceiling(_running / (double)options.MaxOngoing) - _ready);
        _replicaSeconds += time * (_ready + _starting + draining);
        _idealSeconds += time * Math.Max(options.Least, Math.Ceiling(shape.Rate(at) * options.MeanServiceTime / options.TargetOngoing));
        _counted = _now = at;
    }

    private void ScheduleArrival() => Schedule(EventKind.Arrival, -Math.Log(1 - _random.NextDouble()) / options.HighestRate);

    private void Schedule(EventKind kind, double after) => _events.Enqueue(new Event(kind, _now), _now + after);

    /// <summary>Half of it is fixed, the other half exponential.</summary>
    private double ServiceTime() => options.MeanServiceTime * (0.5 - (0.5 * Math.Log(1 - _random.NextDouble())));

    private double Percentile(double share) => _latencies.Count == 0 ? 0 : _latencies[(int)(share * (_latencies.Count - 1))];

    private readonly record struct Event(EventKind Kind, double Since);
}
