using System.Runtime.CompilerServices;
using Serve.Identity;
using Serve.Routing.Load;

namespace Serve.Server.Node.Load;

/// <summary>
/// The load that the routers of this node have: the proxy's and those of all workers. What a worker had under way is gone with its link. Whoever follows is
/// told everything first and then what changes, as often as it takes it and at most ten times a second; while nothing changes nothing runs.
/// </summary>
internal sealed class NodeLoad(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DeploymentId, LoadSum<NodeLoadSource>> _sums = [];
    private readonly HashSet<DeploymentId> _changed = [];
    private readonly NodeRecords _records = new();
    private TaskCompletionSource _news = NewSignal();
    private TaskCompletionSource _urgent = NewSignal();

    /// <summary>A router begins to report. Dispose it when it has ended.</summary>
    public NodeLoadSource Open() => new(this);

    /// <summary>The load from now on, until nobody wants to know it any more.</summary>
    public async IAsyncEnumerable<LoadReport> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return TakeAll();
        while (true)
        {
            await News.WaitAsync(cancellationToken);
            yield return TakeChanged();
            await PauseAsync(cancellationToken);
        }
    }

    internal void Take(NodeLoadSource source, LoadReport report)
    {
        lock (_lock)
        {
            if (source.IsEnded)
                return;
            foreach (var load in report.Deployments)
                Take(source, load);

            _news.TrySetResult();
            if (report.IsUrgent)
                _urgent.TrySetResult();
        }
    }

    internal void Record(NodeLoadSource source, ReplicaId replica, IReadOnlyDictionary<string, double> values)
    {
        lock (_lock)
        {
            if (source.IsEnded)
                return;
            source.Recorder = replica;
            _records.Set(replica, values);
            _news.TrySetResult();
        }
    }

    internal void End(NodeLoadSource source)
    {
        lock (_lock)
        {
            if (source.IsEnded)
                return;
            source.IsEnded = true;
            if (source.Recorder is { } replica)
                _records.Forget(replica);
            foreach (var id in source.Deployments)
            {
                if (_sums.TryGetValue(id, out var sum))
                    sum.Remove(source, Now);
                _changed.Add(id);
            }

            if (source.Deployments.Count > 0)
                _news.TrySetResult();
        }
    }

    private double Now => timeProvider.GetTimestamp() / (double)timeProvider.TimestampFrequency;

    private Task News
    {
        get
        {
            lock (_lock)
                return _news.Task;
        }
    }

    private Task Urgent
    {
        get
        {
            lock (_lock)
                return _urgent.Task;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Take(NodeLoadSource source, DeploymentLoad load)
    {
        if (!_sums.TryGetValue(load.Id, out var sum))
            _sums[load.Id] = sum = new LoadSum<NodeLoadSource>(new DeploymentLoad(load.Application, load.Deployment), Now);
        sum.Take(source, load, Now, isOld: false);
        if (load.IsOver)
            sum.Remove(source, Now);
        else
            source.Deployments.Add(load.Id);
        _changed.Add(load.Id);
    }

    private LoadReport TakeAll()
    {
        lock (_lock)
        {
            _changed.UnionWith(_sums.Keys);
            _records.RenewAll();
            return TakeChanged() with { IsFull = true };
        }
    }

    private LoadReport TakeChanged()
    {
        lock (_lock)
        {
            var isUrgent = _urgent.Task.IsCompleted;
            if (_news.Task.IsCompleted)
                _news = NewSignal();
            if (isUrgent)
                _urgent = NewSignal();
            var report = new LoadReport([.. _changed.Where(_sums.ContainsKey).Select(TakeSum)], IsUrgent: isUrgent) { Recorded = _records.Take() };
            _changed.Clear();
            return report;
        }
    }

    private DeploymentLoad TakeSum(DeploymentId id)
    {
        var sum = _sums[id];
        var load = sum.At(Now) with { IsOver = sum.IsEmpty };
        sum.ForgetPeak();
        if (sum.IsEmpty)
            _sums.Remove(id);
        return load;
    }

    /// <summary>Nothing is said for a while, unless it is urgent.</summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(LoadSampler.ReportInterval, timeProvider, end.Token), Urgent);
        await end.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
