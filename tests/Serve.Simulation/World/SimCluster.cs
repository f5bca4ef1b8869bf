using Serve.Identity;
using Serve.Simulation.Faults;
using Serve.Simulation.Plants;
using Serve.Testing.Cluster;

namespace Serve.Simulation.World;

/// <summary>All parts of a simulated cluster, and the rules that it is held to while it runs.</summary>
internal sealed class SimCluster
{
    private readonly ClusterRules _rules;
    private Exception? _failure;

    public SimCluster(int seed, Plant plant, bool keepsTrace)
    {
        Plant = plant;
        Chance = new Chance(seed);
        Faults = new FaultPlan(Chance);
        Trace = new Trace(Timeline, keepsTrace);
        Store = new SimStore(Timeline, Trace);
        _rules = new ClusterRules(this);
        Store.OnControllerWrite = _ => _rules.CheckPublished();
    }

    public Plant Plant { get; }

    public Chance Chance { get; }

    public FaultPlan Faults { get; }

    public Timeline Timeline { get; } = new();

    public Trace Trace { get; }

    public SimStore Store { get; }

    public FakePrograms Programs { get; } = new();

    public SimLoads Loads { get; } = new();

    public List<SimController> Controllers { get; } = [];

    public List<SimNode> Nodes { get; } = [];

    public DateTimeOffset Now => new MachineTime(Timeline).GetUtcNow();

    /// <summary>The controller that leads and has nothing under way, or null.</summary>
    public SimController? Leader => Controllers.FirstOrDefault(controller => controller.IsInForce);

    public IEnumerable<SimProcess> Alive => Nodes.SelectMany(node => node.Alive);

    public SimNode AddNode(string name, double cpus, int gpus)
    {
        var node = new SimNode(this, name, cpus, gpus);
        Nodes.Add(node);
        node.Start();
        return node;
    }

    public SimController AddController(string name)
    {
        var controller = new SimController(this, name);
        Controllers.Add(controller);
        controller.Start();
        return controller;
    }

    /// <summary>Lets the next thing happen.</summary>
    /// <returns>False where nothing is left to happen before the end.</returns>
    public bool Step(TimeSpan end)
    {
        if (!Timeline.Step(end))
            return false;
        if (_failure is { } failure)
            throw failure;
        return true;
    }

    /// <summary>Runs what nobody awaits, so that its failure is the run's.</summary>
    public async Task WatchOver(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception)
        {
            _failure ??= exception;
        }
    }

    /// <summary>Continues when the time has passed.</summary>
    public Task Wait(TimeSpan time)
    {
        var passed = new TaskCompletionSource();
        Timeline.After(time, () => passed.SetResult());
        return passed.Task;
    }

    /// <summary>A leader has written what it decided.</summary>
    public void OnCommitted(SimController controller)
    {
        if (controller.IsInForce)
            _rules.CheckState(controller.Term!.State);
    }

    public void CheckRunsOnce(ReplicaId replica)
    {
        if (Nodes.SelectMany(node => node.Of(replica)).Count() > 1)
            throw new Violation("runs once", $"{replica} runs twice");
    }
}
