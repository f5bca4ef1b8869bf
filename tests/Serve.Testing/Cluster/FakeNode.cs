using Serve.Identity;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Testing.Cluster;

/// <summary>
/// A node agent without processes: it reads its orders from the store and reports as the real one does, one step at a time. What can
/// happen next is a list that its driver chooses from.
/// </summary>
internal sealed class FakeNode(string name, double cpus, int gpus, MemoryStore store, FakePrograms programs, TimeProvider clock)
{
    private readonly SortedDictionary<ReplicaId, FakeWorker> _workers = [];
    private readonly Dictionary<string, (string Job, ProgramPhase Phase)> _jobs = new(StringComparer.Ordinal);
    private readonly HashSet<ReplicaId> _started = [];
    private string _incarnation = "";
    private int _incarnations;

    public string Name => name;

    public double Cpus => cpus;

    public int Gpus => gpus;

    public bool IsUp { get; private set; }

    /// <summary>The replicas that it has, ended ones until their orders are gone.</summary>
    public IEnumerable<FakeWorker> Workers => _workers.Values;

    public FakeWorker this[ReplicaId id] => _workers[id];

    /// <summary>Starts, or starts anew: what ran before is gone.</summary>
    public void Start()
    {
        _workers.Clear();
        _jobs.Clear();
        IsUp = true;
        _incarnation = $"{name}-{++_incarnations}";
        var stale = store.Entries($"{ClusterKeys.Nodes}{name}/status/").Select(entry => new StoreChange(entry.Key, Value: null));
        store.Change([.. stale, new StoreChange(ClusterKeys.Info(name), StoreJson.Write(new NodeInfo(name, _incarnation, Address: "", cpus, gpus)))]);
    }

    /// <summary>Goes away with all that it runs: its lease ends.</summary>
    public void Lose()
    {
        _workers.Clear();
        _jobs.Clear();
        IsUp = false;
        store.Change([.. store.Entries($"{ClusterKeys.Nodes}{name}/status/").Select(entry => new StoreChange(entry.Key, Value: null)), new StoreChange(ClusterKeys.Info(name), Value: null)]);
    }

    /// <summary>Its lease ends although it lives: nobody hears of it, and it goes on with what it has.</summary>
    public void Vanish()
    {
        IsUp = false;
        store.Change([.. store.Entries($"{ClusterKeys.Nodes}{name}/status/").Select(entry => new StoreChange(entry.Key, Value: null)), new StoreChange(ClusterKeys.Info(name), Value: null)]);
    }

    /// <summary>Comes back from where it vanished to, as the same incarnation and with what it still has.</summary>
    public void Return()
    {
        IsUp = true;
        store.Change(new StoreChange(ClusterKeys.Info(name), StoreJson.Write(new NodeInfo(name, _incarnation, Address: "", cpus, gpus))));
        ReportAgain();
    }

    /// <summary>A process ends by itself.</summary>
    public void Crash(ReplicaId id) => End(_workers[id], ReplicaEnd.Crashed, "The process ended with exit code 134.");

    /// <summary>A replica fails its health checks.</summary>
    public void Sicken(ReplicaId id)
    {
        var worker = _workers[id];
        worker.MustStop = true;
        Report(worker, worker.Report with { Phase = ReplicaReportPhase.Draining, End = ReplicaEnd.Unhealthy, Failure = "3 health checks in a row failed" });
    }

    /// <summary>Writes all statuses again, as a node does that can't know what arrived.</summary>
    public void ReportAgain()
    {
        foreach (var worker in _workers.Values)
            Report(worker, worker.Report);
    }

    /// <summary>What it can do next.</summary>
    public IReadOnlyList<Action> NextSteps()
    {
        if (!IsUp)
            return [];
        ReadOrders();
        return [.. _workers.Values.ToList().Select(NextStep).OfType<Action>(), .. _jobs.Where(job => job.Value.Phase < ProgramPhase.Done).Select(job => (Action)(() => Advance(job.Key)))];
    }

    private void ReadOrders()
    {
        var replicas = store.Read<DesiredReplica>($"{ClusterKeys.DesiredOf(name)}replicas/").ToDictionary(order => order.Replica);
        foreach (var order in replicas.Values.Where(order => order.Incarnation == _incarnation))
            Take(order);
        foreach (var (id, worker) in _workers.Where(pair => !replicas.ContainsKey(pair.Key)).ToList())
        {
            worker.MustStop = true;
            if (!worker.IsAlive)
                _workers.Remove(id);
        }

        var jobs = store.Read<DesiredProgram>($"{ClusterKeys.DesiredOf(name)}programs/").ToDictionary(order => order.Application, StringComparer.Ordinal);
        foreach (var gone in _jobs.Keys.Except(jobs.Keys).ToList())
            _jobs.Remove(gone);
        foreach (var job in jobs.Values.Where(job => _jobs.GetValueOrDefault(job.Application).Job != job.Job))
            _jobs[job.Application] = (job.Job, ProgramPhase.Building);
    }

    private void Take(DesiredReplica order)
    {
        if (_workers.TryGetValue(order.Replica, out var known))
        {
            if (!ReferenceEquals(known.Desired, order))
                known.RefusedHash = null;
            known.Desired = order;
            known.MustStop |= order.Goal == ReplicaGoal.Stop;
            return;
        }

        if (!_started.Add(order.Replica))
            throw new InvalidOperationException($"{order.Replica} was ordered again after it had ended.");
        var worker = new FakeWorker(order, clock.GetUtcNow());
        _workers.Add(order.Replica, worker);
        Report(worker, worker.Report);
    }

    private Action? NextStep(FakeWorker worker) => worker.Report.Phase switch
    {
        ReplicaReportPhase.Stopped => null,
        ReplicaReportPhase.Draining => () => End(worker, worker.Report.End, worker.Report.Failure),
        ReplicaReportPhase.Starting when worker.MustStop => () => End(worker, ReplicaEnd.None, failure: null),
        ReplicaReportPhase.Running when worker.MustStop => () => Report(worker, worker.Report with { Phase = ReplicaReportPhase.Draining }),
        ReplicaReportPhase.Starting => StartStep(worker),
        _ when worker.Report.SettingsHash != worker.Desired.SettingsHash && worker.RefusedHash != worker.Desired.SettingsHash => () => Reconfigure(worker),
        _ => null,
    };

    private Action? StartStep(FakeWorker worker) => programs.Find(worker.Desired.Program).Start(worker.Desired.Replica) switch
    {
        FakeStart.Ready => () => Report(worker, worker.Report with { Phase = ReplicaReportPhase.Running, Address = $"/run/{worker.Desired.Replica.Suffix}.sock", SettingsHash = worker.Desired.SettingsHash }),
        FakeStart.Fails => () => End(worker, ReplicaEnd.StartFailed, "the constructor threw System.Exception: no weights"),
        _ when clock.GetUtcNow() - worker.StartedAt >= worker.Desired.StartupTimeout => () => End(worker, ReplicaEnd.StartFailed, "The replica was not ready in time; it was in the constructor."),
        _ => worker.Report.StartPhase == StartPhase.Constructor ? null : () => Report(worker, worker.Report with { StartPhase = StartPhase.Constructor }),
    };

    private void Reconfigure(FakeWorker worker)
    {
        var failure = programs.Find(worker.Desired.Program).Reconfigure(worker.Desired.Settings);
        worker.RefusedHash = failure is null ? null : worker.Desired.SettingsHash;
        Report(worker, failure is null ? worker.Report with { SettingsHash = worker.Desired.SettingsHash, Failure = null } : worker.Report with { Failure = failure });
    }

    private void End(FakeWorker worker, ReplicaEnd end, string? failure) =>
        Report(worker, worker.Report with { Phase = ReplicaReportPhase.Stopped, Address = null, End = end, Failure = failure });

    private void Report(FakeWorker worker, ReplicaReport report)
    {
        worker.Report = report;
        store.Change(new StoreChange(ClusterKeys.ReplicaStatus(name, report.Replica), StoreJson.Write(report)));
    }

    private void Advance(string application)
    {
        if (!_jobs.TryGetValue(application, out var job))
            return;
        var order = StoreJson.Read<DesiredProgram>(store.Get(ClusterKeys.DesiredProgram(name, application))!);
        var report = programs.Describe(order, job.Phase + 1);
        _jobs[application] = (job.Job, report.Phase);
        store.Change(new StoreChange(ClusterKeys.ProgramStatus(name, application), StoreJson.Write(report)));
    }
}
