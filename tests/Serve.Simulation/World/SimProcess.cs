using Serve.Server.Store.Records;
using Serve.Simulation.Faults;
using Serve.Testing.Cluster;
using Serve.Wire.Control;

namespace Serve.Simulation.World;

/// <summary>One replica on a node from its order to its end, with its process; what the server's ReplicaProcess is there. It runs once.</summary>
internal sealed class SimProcess
{
    private readonly SimCluster _cluster;
    private readonly Session _agent;
    private readonly Action<ReplicaReport> _report;
    private readonly List<Action> _onEnded = [];
    private bool _mustStop;
    private bool _isEnding;
    private string? _refusedHash;

    public SimProcess(SimCluster cluster, Session agent, DesiredReplica order, Action<ReplicaReport> report)
    {
        _cluster = cluster;
        _agent = agent;
        _report = report;
        Order = order;
        Report = new ReplicaReport { Replica = order.Replica, Phase = ReplicaReportPhase.Starting };
        _mustStop = order.Goal == ReplicaGoal.Stop;
    }

    /// <summary>Its order as the agent saw it last.</summary>
    public DesiredReplica Order { get; private set; }

    public ReplicaReport Report { get; private set; }

    /// <summary>Whether its process is there and uses what it has reserved.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Whether it takes requests.</summary>
    public bool IsServing => IsAlive && Report.Phase == ReplicaReportPhase.Running;

    /// <summary>Since when no leader knows of it, as far as that was looked at.</summary>
    public TimeSpan? UnknownSince { get; set; }

    public void Start()
    {
        if (_mustStop)
        {
            Finish(ReplicaEnd.None, failure: null);
            return;
        }

        IsAlive = true;
        Say(Report with { StartedAt = _cluster.Now });
        _cluster.Timeline.After(_cluster.Chance.Time(0.05, 0.5), () => IfStarting(() => Say(Report with { StartPhase = StartPhase.Constructor })));
        var outcome = _cluster.Programs.Find(Order.Program).Start(Order.Replica);
        var time = _cluster.Faults.Strikes(Fault.SlowStart, 0.2) ? _cluster.Chance.Time(5, 60) : _cluster.Chance.Time(0.2, 3);
        if (outcome == FakeStart.Hangs || time > Order.StartupTimeout)
            _cluster.Timeline.After(Order.StartupTimeout, () => IfStarting(() => End(ReplicaEnd.StartFailed, "The replica was not ready in time; it was in the constructor.")));
        else if (outcome == FakeStart.Fails)
            _cluster.Timeline.After(time, () => IfStarting(() => End(ReplicaEnd.StartFailed, "the constructor threw System.Exception: no weights")));
        else
            _cluster.Timeline.After(time, () => IfStarting(BeReady));
    }

    public void Update(DesiredReplica order)
    {
        _refusedHash = null;
        Order = order;
        if (order.Goal == ReplicaGoal.Stop)
            Stop();
        else
            TakeSettingsUp();
    }

    /// <summary>Lets running requests finish, then ends.</summary>
    public void Stop()
    {
        _mustStop = true;
        if (!IsAlive || _isEnding)
            return;
        _isEnding = true;
        if (Report.Phase == ReplicaReportPhase.Running)
            Say(Report with { Phase = ReplicaReportPhase.Draining });
        _cluster.Timeline.After(DrainTime, () => End(ReplicaEnd.None, failure: null));
    }

    /// <summary>What was said went with the node's lease.</summary>
    public void SayAgain() => Say(Report);

    public void Crash() => End(ReplicaEnd.Crashed, "The process ended with exit code 134.");

    /// <summary>It fails its health checks: its agent drains it.</summary>
    public void FallIll()
    {
        if (_isEnding || !IsServing)
            return;
        _isEnding = true;
        Say(Report with { Phase = ReplicaReportPhase.Draining, End = ReplicaEnd.Unhealthy, Failure = "3 health checks in a row failed" });
        _cluster.Timeline.After(DrainTime, () => End(ReplicaEnd.Unhealthy, "3 health checks in a row failed"));
    }

    /// <summary>Its machine is gone, or somebody has killed what an agent had left.</summary>
    public void Kill() => IsAlive = false;

    /// <summary>Calls back when it has ended.</summary>
    public void WhenEnded(Action action)
    {
        if (Report.Phase == ReplicaReportPhase.Stopped)
            action();
        else
            _onEnded.Add(action);
    }

    private TimeSpan DrainTime => _cluster.Chance.OneIn(5) ? _cluster.Chance.Time(0, Order.GracefulShutdownTimeout.TotalSeconds) : _cluster.Chance.Time(0, 1);

    private void BeReady()
    {
        Say(Report with { Phase = ReplicaReportPhase.Running, Address = $"/run/{Order.Replica.Suffix}.sock", SettingsHash = Order.SettingsHash });
        TakeSettingsUp();
    }

    private void IfStarting(Action action)
    {
        if (IsAlive && _agent.IsAlive && !_isEnding && Report.Phase == ReplicaReportPhase.Starting)
            action();
    }

    private void TakeSettingsUp()
    {
        if (NeedsSettings())
            _cluster.Timeline.After(_cluster.Chance.Time(0.001, 0.1), Reconfigure);
    }

    private bool NeedsSettings() => IsServing && _agent.IsAlive && (Report.SettingsHash != Order.SettingsHash || Report.Failure is not null) && _refusedHash != Order.SettingsHash;

    private void Reconfigure()
    {
        if (!NeedsSettings())
            return;
        var failure = _cluster.Programs.Find(Order.Program).Reconfigure(Order.Settings);
        _refusedHash = failure is null ? null : Order.SettingsHash;
        Say(failure is null ? Report with { SettingsHash = Order.SettingsHash, Failure = null } : Report with { Failure = failure });
    }

    private void End(ReplicaEnd end, string? failure)
    {
        if (!IsAlive || !_agent.IsAlive)
            return;
        IsAlive = false;
        Finish(end, failure);
    }

    private void Finish(ReplicaEnd end, string? failure)
    {
        Say(Report with { Phase = ReplicaReportPhase.Stopped, Address = null, End = end, Failure = failure });
        foreach (var action in _onEnded)
            action();
    }

    private void Say(ReplicaReport report)
    {
        Report = report with { Number = Report.Number + 1 };
        _cluster.Trace.Add(_agent.Name, $"{report.Replica} is {report.Phase} {report.End}");
        _report(Report);
    }
}
