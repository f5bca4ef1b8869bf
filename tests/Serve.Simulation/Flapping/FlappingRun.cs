using Serve.Routing;
using Serve.Simulation.World;

namespace Serve.Simulation.Flapping;

/// <summary>Sends requests through a real router while the number of replicas goes up and down, and watches where they come to.</summary>
internal sealed class FlappingRun
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RunTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FlappingOptions _options;
    private readonly Timeline _timeline = new();
    private readonly Chance _chance;
    private readonly FlappingCluster _cluster;
    private readonly LinkedList<(Task<ReplicaLease> Lease, TimeSpan Since)> _waiting = [];
    private readonly List<TimeSpan> _waits = [];
    private readonly TimeSpan _end;
    private int _running;
    private int _toGone;
    private long _completed;
    private int _mostReady;
    private int _fewestReady = int.MaxValue;

    private FlappingRun(FlappingOptions options)
    {
        _options = options;
        _chance = new Chance(options.Seed);
        _cluster = new FlappingCluster(options, _timeline, _chance);
        _end = WarmUp + (2 * options.Times * options.Phase);
    }

    public static FlappingResult Run(FlappingOptions options) => new FlappingRun(options).Go();

    private FlappingResult Go()
    {
        _timeline.After(WarmUp, Arrive);
        _timeline.After(TimeSpan.FromSeconds(1), Look);
        while (_timeline.Step(_end))
            Serve();
        var unanswered = DrainQueue();
        _waits.Sort();
        return new FlappingResult(
            _waits.Count, _waits[^1], _waits[(int)(0.99 * (_waits.Count - 1))], _toGone, unanswered, _cluster.Started, _cluster.Ended, _mostReady, _fewestReady, _cluster.LongestStep);
    }

    /// <summary>Nobody asks any more; who waits still gets a replica.</summary>
    private int DrainQueue()
    {
        while (_waiting.Count > 0 && _timeline.Step(_end + Patience))
            Serve();
        return _waiting.Count;
    }

    private double RateNow
    {
        get
        {
            var phase = (int)((_timeline.Now - WarmUp) / _options.Phase);
            return phase % 2 == 0 ? 0.95 * _options.Most : 0.9 * _options.Fewest;
        }
    }

    private void Arrive()
    {
        if (_timeline.Now >= _end)
            return;
        _cluster.Follow();
        _waiting.AddLast((_cluster.Router!.AcquireAsync(default, CancellationToken.None).AsTask(), _timeline.Now));
        _timeline.After(TimeSpan.FromSeconds(-Math.Log(1 - _chance.Time(0, 1).TotalSeconds) / RateNow), Arrive);
    }

    /// <summary>
    /// Requests that have their slot begin. The router gives it at once, but says so on a thread of the pool: what it has given must have
    /// been said before anything else happens, or no two runs would be the same.
    /// </summary>
    private void Serve()
    {
        var spin = default(SpinWait);
        while (_waiting.Count > (_cluster.Router?.Waiting ?? 0))
        {
            var before = _waiting.Count;
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Lease.IsCompleted)
                {
                    _waiting.Remove(node);
                    Begin(Done.Result(node.Value.Lease), node.Value.Since);
                }

                node = next;
            }

            if (_waiting.Count == before)
                spin.SpinOnce();
        }

        _cluster.NoteLoad(_running, _waiting.Count, _completed);
    }

    private void Begin(ReplicaLease lease, TimeSpan since)
    {
        _waits.Add(_timeline.Now - since);
        var replica = _cluster.Find(lease.Replica.Id);
        if (replica.HasEnded)
            _toGone++;
        _running++;
        replica.Running++;
        _timeline.After(_chance.Time(0.5, 1.5) * RunTime.TotalSeconds, () =>
        {
            _cluster.Follow();
            _running--;
            _completed++;
            lease.Dispose();
            _cluster.Finish(replica);
        });
    }

    private void Look()
    {
        if (_timeline.Now > WarmUp + _options.Phase)
        {
            _mostReady = Math.Max(_mostReady, _cluster.Ready);
            _fewestReady = Math.Min(_fewestReady, _cluster.Ready);
        }

        _timeline.After(TimeSpan.FromSeconds(0.5), Look);
    }
}
