using Serve.Identity;
using Serve.Routing.Load;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>
/// The load of all deployments as this leader has heard it from the nodes. It begins empty with each leader and is not kept: nodes tell all they have when
/// their line opens. A report costs as much as it has deployments; a look costs the same however many nodes there are.
/// </summary>
internal sealed class LoadBook(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly SteadyClock _clock = new(timeProvider);
    private readonly Dictionary<string, LoadLine> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<DeploymentId, Page> _pages = [];
    private readonly HashSet<DeploymentId> _changed = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the load of a deployment changes, or has changed since <see cref="TakeChanged"/>.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _news.Task;
        }
    }

    /// <summary>A node begins to tell its load. Dispose the line when the node can't be heard any more: what it had under way counts no more from then on.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="incarnation">Which of its processes; another one has other totals.</param>
    public LoadLine Open(string node, string incarnation)
    {
        var line = new LoadLine(this, node, incarnation);
        lock (_lock)
        {
            var before = _lines.GetValueOrDefault(node);
            if (before?.Incarnation == incarnation)
                line.Deployments.UnionWith(before.Deployments);
            else if (before is not null)
                Forget(before);
            _lines[node] = line;
        }

        return line;
    }

    /// <summary>What there was in the window that ends now.</summary>
    public LoadFigures Over(DeploymentId deployment, TimeSpan window)
    {
        lock (_lock)
            return _pages.TryGetValue(deployment, out var page) ? page.Window.Over(window, _clock.Now) : LoadFigures.None;
    }

    /// <summary>Whether all nodes that are there have told their load. Until then there may be more of it, and nothing must be taken away.</summary>
    public bool IsComplete(ControllerState state)
    {
        lock (_lock)
            return state.Nodes.Values.All(node => _lines.TryGetValue(node.Info.Node, out var line) && line.IsComplete && line.Incarnation == node.Info.Incarnation);
    }

    /// <summary>The deployments whose load has changed since the last call.</summary>
    public IReadOnlyList<DeploymentId> TakeChanged()
    {
        lock (_lock)
        {
            DeploymentId[] changed = [.. _changed];
            _changed.Clear();
            if (_news.Task.IsCompleted)
                _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return changed;
        }
    }

    /// <summary>Forgets deployments that are not there any more, and nodes that were not heard of since they left.</summary>
    public void Keep(ControllerState state)
    {
        lock (_lock)
        {
            foreach (var id in _pages.Keys.Where(id => state.Find(id) is null).ToList())
            {
                _pages.Remove(id);
                _changed.Remove(id);
            }

            foreach (var line in _lines.Values.Where(line => line.IsClosed && !state.Nodes.ContainsKey(line.Node)).ToList())
            {
                Forget(line);
                _lines.Remove(line.Node);
            }
        }
    }

    internal void Take(LoadLine line, LoadReport report)
    {
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
                Take(line, load, report.IsFull);
            line.IsComplete |= report.IsFull;
        }
    }

    internal void Close(LoadLine line)
    {
        lock (_lock)
        {
            if (line.IsClosed)
                return;
            line.IsClosed = true;
            line.IsComplete = false;
            if (_lines.GetValueOrDefault(line.Node) != line)
                return;
            foreach (var id in line.Deployments)
                Update(id, (sum, now) => sum.Lose(line.Node, now));
        }
    }

    private void Take(LoadLine line, DeploymentLoad load, bool isOld)
    {
        if (!_pages.ContainsKey(load.Id))
            _pages[load.Id] = new Page(new LoadSum<string>(new DeploymentLoad(load.Application, load.Deployment), Seconds), new LoadWindow());
        line.Deployments.Add(load.Id);
        Update(load.Id, (sum, now) =>
        {
            sum.Take(line.Node, load, now, isOld);
            if (!load.IsOver)
                return;
            sum.Remove(line.Node, now);
            line.Deployments.Remove(load.Id);
        });
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
        _news.TrySetResult();
    }

    private double Seconds => timeProvider.GetTimestamp() / (double)timeProvider.TimestampFrequency;

    /// <param name="Sum">What the nodes say.</param>
    /// <param name="Window">What it was over the last while.</param>
    private sealed record Page(LoadSum<string> Sum, LoadWindow Window);
}
