using Serve.Identity;
using Serve.Routing.Load;
using Serve.Server.Controller.Autoscaling.Policies;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// The load of all deployments as this leader has heard it from the nodes. It begins empty with each leader and is not kept: nodes tell all they have when
/// their line opens. A report costs as much as it has deployments; a look costs the same however many nodes there are.
/// </summary>
/// <param name="state">The controller's last state, or null where it is not there yet.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class LoadBook(Func<ControllerState?> state, TimeProvider timeProvider) : ILoadView
{
    /// <summary>What is gone may be remembered for so long.</summary>
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SteadyClock _clock = new(timeProvider);
    private readonly Dictionary<string, LoadLine> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<DeploymentId, Page> _pages = [];
    private readonly HashSet<DeploymentId> _changed = [];
    private ControllerState? _kept;
    // Many deployments ask, and there are many nodes.
    private ControllerState? _completeFor;
    private bool _isComplete;
    private double _keptAt;

    /// <summary>What replicas have recorded for scaling policies.</summary>
    public MetricBook Metrics { get; } = new(timeProvider);

    /// <summary>Called when requests begin to wait for a deployment: the sooner somebody looks, the sooner there are more replicas. Must not wait.</summary>
    public Action? QueueBegan { get; set; }

    /// <summary>A node begins to tell its load. Dispose the line when the node can't be heard any more: what it had under way counts no more from then on.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="incarnation">Which of its processes; another one has other totals.</param>
    /// <param name="askReplicaAsync">Asks the program of one of its replicas, or null where nobody can; answers null where the replica is not there.</param>
    public LoadLine Open(string node, string incarnation, Func<ReplicaId, string, CancellationToken, Task<string?>>? askReplicaAsync = null)
    {
        var line = new LoadLine(this, node, incarnation) { AskReplicaAsync = askReplicaAsync };
        lock (_lock)
        {
            var before = _lines.GetValueOrDefault(node);
            if (before?.Incarnation == incarnation)
                line.Deployments.UnionWith(before.Deployments);
            else if (before is not null)
                Forget(before);
            _lines[node] = line;
            _completeFor = null;
        }

        return line;
    }

    /// <summary>Asks the program of a replica something, over the line of its node.</summary>
    /// <returns>Its answer, or null where it can't be reached.</returns>
    public Task<string?> AskReplicaAsync(ReplicaId replica, string question, CancellationToken cancellationToken)
    {
        if (state()?.Find(replica.Deployment)?.Replicas.GetValueOrDefault(replica) is not { } known)
            return Task.FromResult<string?>(null);
        Func<ReplicaId, string, CancellationToken, Task<string?>>? ask;
        lock (_lock)
            ask = _lines.TryGetValue(known.Node, out var line) && !line.IsClosed ? line.AskReplicaAsync : null;
        return ask?.Invoke(replica, question, cancellationToken) ?? Task.FromResult<string?>(null);
    }

    public LoadFigures Over(DeploymentId deployment, TimeSpan window)
    {
        lock (_lock)
            return _pages.TryGetValue(deployment, out var page) ? page.Window.Over(window, _clock.Now) : LoadFigures.None;
    }

    public double Percentile(DeploymentId deployment, TimeSpan window, double share)
    {
        lock (_lock)
            return _pages.TryGetValue(deployment, out var page) ? page.Window.Percentile(window, _clock.Now, share) : 0;
    }

    public bool IsComplete(DeploymentId deployment)
    {
        if (state() is not { } now)
            return false;
        lock (_lock)
        {
            if (!ReferenceEquals(_completeFor, now))
            {
                _completeFor = now;
                _isComplete = now.Nodes.Values.All(node => _lines.TryGetValue(node.Info.Node, out var line) && line.IsComplete && line.Incarnation == node.Info.Incarnation);
            }

            return _isComplete;
        }
    }

    public IReadOnlyCollection<DeploymentId> TakeChanged()
    {
        lock (_lock)
        {
            Keep();
            DeploymentId[] changed = [.. _changed];
            _changed.Clear();
            return changed;
        }
    }

    internal void Take(LoadLine line, LoadReport report)
    {
        var hasQueueBegun = false;
        lock (_lock)
        {
            if (line.IsClosed || _lines.GetValueOrDefault(line.Node) != line)
                return;
            if (report.IsFull)
            {
                foreach (var missing in line.Deployments.Except(report.Deployments.Select(static load => load.Id)).ToList())
                    Update(missing, (sum, now) => sum.Lose(line.Node, now));
            }

            foreach (var load in report.Deployments)
                hasQueueBegun |= Take(line, load, report.IsFull);
            if (report.IsFull)
                (line.IsComplete, _completeFor) = (true, null);
        }

        foreach (var record in report.Recorded ?? [])
            Metrics.Record(record);
        if (hasQueueBegun)
            QueueBegan?.Invoke();
    }

    internal void Close(LoadLine line)
    {
        lock (_lock)
        {
            if (line.IsClosed)
                return;
            line.IsClosed = true;
            line.IsComplete = false;
            _completeFor = null;
            if (_lines.GetValueOrDefault(line.Node) != line)
                return;
            foreach (var id in line.Deployments)
                Update(id, (sum, now) => sum.Lose(line.Node, now));
        }
    }

    /// <summary>Forgets deployments that are not there any more, and nodes that were not heard of since they left.</summary>
    private void Keep()
    {
        if (state() is not { } now || ReferenceEquals(now, _kept) || Seconds - _keptAt < KeepInterval.TotalSeconds)
            return;
        (_kept, _keptAt) = (now, Seconds);
        Metrics.Keep(now);
        foreach (var id in _pages.Keys.Where(id => now.Find(id) is null).ToList())
        {
            _pages.Remove(id);
            _changed.Remove(id);
        }

        foreach (var line in _lines.Values.Where(line => line.IsClosed && !now.Nodes.ContainsKey(line.Node)).ToList())
        {
            Forget(line);
            _lines.Remove(line.Node);
        }
    }

    /// <returns>Whether requests wait now, and none did before.</returns>
    private bool Take(LoadLine line, DeploymentLoad load, bool isOld)
    {
        if (!_pages.TryGetValue(load.Id, out var page))
            _pages[load.Id] = page = new Page(new LoadSum<string>(new DeploymentLoad(load.Application, load.Deployment), Seconds), new LoadWindow());
        var queued = page.Sum.Queued;
        line.Deployments.Add(load.Id);
        Update(load.Id, (sum, now) =>
        {
            sum.Take(line.Node, load, now, isOld);
            if (!load.IsOver)
                return;
            sum.Remove(line.Node, now);
            line.Deployments.Remove(load.Id);
        });
        return queued == 0 && page.Sum.Queued > 0;
    }

    /// <summary>The node's process has ended: whoever bears its name now begins from nothing.</summary>
    private void Forget(LoadLine line)
    {
        foreach (var id in line.Deployments)
            Update(id, (sum, now) => sum.Remove(line.Node, now));
        line.Deployments.Clear();
    }

    private void Update(DeploymentId id, Action<LoadSum<string>, double> change)
    {
        if (!_pages.TryGetValue(id, out var page))
            return;
        var now = Seconds;
        change(page.Sum, now);
        page.Window.Set(_clock.Now, page.Sum.At(now));
        page.Sum.ForgetPeak();
        _changed.Add(id);
    }

    private double Seconds => timeProvider.GetTimestamp() / (double)timeProvider.TimestampFrequency;

    /// <param name="Sum">What the nodes say.</param>
    /// <param name="Window">What it was over the last while.</param>
    private sealed record Page(LoadSum<string> Sum, LoadWindow Window);
}
