using Serve.Simulation.World;

namespace Serve.Simulation.Faults;

/// <summary>Which faults happen in a run, and how often each has happened.</summary>
internal sealed class FaultPlan
{
    /// <summary>Those that take ready replicas away, as no rollout may.</summary>
    private static readonly HashSet<Fault> Costly = [Fault.WorkerCrash, Fault.WorkerIll, Fault.NodeLoss, Fault.AgentRestart, Fault.Partition];

    private static readonly Fault[] Sudden =
    [
        Fault.WorkerCrash, Fault.WorkerIll, Fault.WatchBreak, Fault.LeaderLoss, Fault.ControllerCrash, Fault.NodeLoss, Fault.AgentRestart, Fault.Partition, Fault.ClockJump,
    ];

    private readonly HashSet<Fault> _enabled;
    private readonly Chance _chance;
    private readonly int[] _counts = new int[Enum.GetValues<Fault>().Length];
    private bool _isOver;

    public FaultPlan(Chance chance)
    {
        _chance = chance;
        IsCalm = chance.OneIn(3);
        _enabled = [.. Enum.GetValues<Fault>().Where(fault => chance.OneIn(2) && !(IsCalm && Costly.Contains(fault)))];
    }

    /// <summary>Whether nothing happens that takes ready replicas away.</summary>
    public bool IsCalm { get; }

    public IReadOnlyList<int> Counts => _counts;

    /// <summary>The enabled faults that happen out of the blue.</summary>
    public IReadOnlyList<Fault> Surprises => [.. Sudden.Where(_enabled.Contains)];

    /// <summary>From now on nothing goes wrong.</summary>
    public void End() => _isOver = true;

    /// <summary>Whether a fault happens here and now.</summary>
    public bool Strikes(Fault fault, double probability)
    {
        if (_isOver || !_enabled.Contains(fault) || !_chance.With(probability))
            return false;
        Count(fault);
        return true;
    }

    public void Count(Fault fault) => _counts[(int)fault]++;
}
