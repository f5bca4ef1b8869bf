using Serve.Identity;
using Serve.Server.Store.Records;

namespace Serve.Simulation.World;

/// <summary>A machine: its node agent, which comes and goes, and the processes on it, which may outlive their agent for a moment.</summary>
internal sealed class SimNode(SimCluster cluster, string name, double cpus, int gpus)
{
    /// <summary>How long workers may take to notice that their agent is gone.</summary>
    private const double OrphanSeconds = 2;

    private readonly List<SimProcess> _processes = [];
    private Session? _session;
    private SimAgent? _agent;
    private int _runs;
    private int _incarnations;

    public string Name => name;

    public double Cpus => cpus;

    public int Gpus => gpus;

    public MachineTime Clock { get; } = new(cluster.Timeline);

    public bool IsUp => _session is { IsAlive: true };

    public IEnumerable<SimProcess> Alive => _processes.Where(process => process.IsAlive);

    /// <summary>Starts a node agent, which first ends what an earlier one has left.</summary>
    public void Start()
    {
        if (IsUp)
            return;
        foreach (var process in _processes)
            process.Kill();
        _processes.Clear();
        _session = new Session($"{name}.{++_runs}", isController: false);
        _agent = new SimAgent(cluster, this, _session);
        cluster.Trace.Add(name, "starts");
        _ = cluster.WatchOver(_agent.RunAsync);
    }

    /// <summary>The machine goes with all that it runs.</summary>
    public void Lose()
    {
        cluster.Trace.Add(name, "is lost");
        _session?.End();
        foreach (var process in _processes)
            process.Kill();
    }

    /// <summary>The agent ends and its workers notice a moment later; a new agent starts, perhaps before they have.</summary>
    public void RestartAgent()
    {
        cluster.Trace.Add(name, "loses its agent");
        _session?.End();
        foreach (var process in _processes.ToList())
            cluster.Timeline.After(cluster.Chance.Time(0, OrphanSeconds), process.Kill);
        cluster.Timeline.After(cluster.Chance.Time(0.1, 15), Start);
    }

    /// <summary>The machine can't reach the store for a time.</summary>
    public void Cut(TimeSpan time)
    {
        if (_session is not { } session)
            return;
        cluster.Trace.Add(name, $"is cut off for {time}");
        session.IsCut = true;
        cluster.Timeline.After(time, () => session.IsCut = false);
    }

    public void Reconnect()
    {
        if (_session is { } session)
            session.IsCut = false;
    }

    public void BreakWatch() => _agent?.BreakWatch();

    public string NextIncarnation() => $"{name}-{++_incarnations}";

    /// <summary>A process starts on this machine.</summary>
    public void Launch(SimProcess process)
    {
        _processes.RemoveAll(static process => !process.IsAlive);
        _processes.Add(process);
        process.Start();
        ClusterRules.CheckCapacity(this);
        cluster.CheckRunsOnce(process.Order.Replica);
    }

    public IEnumerable<SimProcess> Of(ReplicaId replica) => Alive.Where(process => process.Order.Replica == replica);

    public NodeInfo Describe(string incarnation) => new(name, incarnation, Address: "", cpus, gpus);
}
