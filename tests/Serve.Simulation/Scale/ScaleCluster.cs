using Microsoft.Extensions.Logging.Abstractions;
using Serve.Identity;
using Serve.Server.Controller;
using Serve.Server.Store.Records;
using Serve.Status;
using Serve.Testing;
using Serve.Testing.Cluster;

namespace Serve.Simulation.Scale;

/// <summary>A large cluster whose nodes do at once what they are told: what is left is the work of the controller, and that is measured.</summary>
internal sealed class ScaleCluster
{
    /// <summary>As many as the controller's actor takes at once.</summary>
    private const int Batch = 256;

    private readonly Queue<ControllerMessage> _mail = new();
    private readonly Dictionary<ReplicaId, (string Node, ReplicaReport Report)> _replicas = [];
    private readonly ManualTimeProvider _clock = new();
    private readonly FakePrograms _programs = new();
    private readonly ScaleShape _shape;
    private ControllerTerm _term = null!;
    private long _tickets;

    private ScaleCluster(ScaleShape shape) => _shape = shape;

    public CountingStore Store { get; } = new();

    /// <summary>The reducer's steps, without what is written.</summary>
    public StepTimes Steps { get; set; } = new();

    /// <summary>The controller's turns: up to 256 steps, what they write made into bytes, and the store's answer.</summary>
    public StepTimes Turns { get; set; } = new();

    public int Messages { get; set; }

    public IReadOnlyCollection<ReplicaId> Running => _replicas.Keys;

    public static async Task<ScaleCluster> StartAsync(ScaleShape shape)
    {
        var cluster = new ScaleCluster(shape);
        cluster._term = await ControllerTerm.BeginAsync(cluster.Store, 1024, cluster._clock, NullLoggerFactory.Instance, cluster.Reduce, scheduling: null, default);
        cluster._term.OnFault = static (message, exception) => throw new InvalidOperationException($"{message.GetType().Name} could not be handled.", exception);
        for (var i = 0; i < shape.Nodes; i++)
            cluster._mail.Enqueue(new NodeSeen(new NodeInfo($"node{i:0000}", "1", Address: "", Cpus: 32, Gpus: 0)));
        await cluster.SettleAsync();
        return cluster;
    }

    /// <summary>Submits all applications, with a program of this version, and waits until they run.</summary>
    public async Task DeployAsync(string version)
    {
        for (var i = 0; i < _shape.Applications; i++)
        {
            var deployments = Enumerable.Range(0, _shape.DeploymentsOfEach)
                .Select(number => FakeProgram.Deployment($"D{number}", _shape.ReplicasOfEach, cpus: 1) with { IsIngress = number == 0 });
            _programs.Put($"/app{i}", FakeProgram.Of($"app{i}-{version}", [.. deployments]));
            _mail.Enqueue(new Deploy(new Ticket(++_tickets), [FakeCluster.App($"app{i}", $"/app{i}")], IsWhole: false));
        }

        await SettleAsync();
        if (_term.State.Applications.Values.FirstOrDefault(application => StatusRules.Of(application) != ApplicationStatus.RUNNING) is { } bad)
            throw new InvalidOperationException($"'{bad.Name}' is {StatusRules.Of(bad)}: {StatusRules.MessageOf(bad)}");
    }

    /// <summary>A second passes in which some replicas crash.</summary>
    public async Task ChurnAsync(IEnumerable<ReplicaId> victims)
    {
        foreach (var victim in victims)
        {
            if (_replicas.Remove(victim, out var replica))
                _mail.Enqueue(new ReplicaReported(replica.Node, replica.Report with { Phase = ReplicaReportPhase.Stopped, End = ReplicaEnd.Crashed, Failure = "The process ended with exit code 134." }));
        }

        await SettleAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await SettleAsync();
    }

    private async Task SettleAsync()
    {
        do
        {
            var batch = new List<ControllerMessage>(Batch);
            while (batch.Count < Batch && _mail.TryDequeue(out var message))
                batch.Add(message);
            Messages += batch.Count;
            var begin = ThreadClock.Now;
            if (await _term.HandleAsync(batch, default) is null)
                throw new InvalidOperationException("The controller was deposed.");
            Turns.Add(ThreadClock.Now - begin);
        }
        while (_mail.Count > 0);
    }

    private Reduction Reduce(ControllerState state, ControllerMessage message, DateTimeOffset now)
    {
        var begin = ThreadClock.Now;
        var reduction = Reducer.Reduce(state, message, now);
        if (message is not Tick || !ReferenceEquals(reduction.State, state))
            Steps.Add(ThreadClock.Now - begin);
        foreach (var effect in reduction.Effects)
            Obey(effect);
        return reduction;
    }

    private void Obey(Effect effect)
    {
        switch (effect)
        {
            case OrderProgram order:
                _mail.Enqueue(new ProgramReported(order.Node, _programs.Describe(order.Program, ProgramPhase.Done)));
                break;
            case OrderReplica { Replica.Goal: ReplicaGoal.Stop } order:
                if (_replicas.Remove(order.Replica.Replica, out var gone))
                {
                    Report(order.Node, gone.Report with { Phase = ReplicaReportPhase.Draining });
                    Report(order.Node, gone.Report with { Phase = ReplicaReportPhase.Stopped });
                }

                break;
            case OrderReplica order when !_replicas.ContainsKey(order.Replica.Replica):
                var starting = new ReplicaReport { Replica = order.Replica.Replica, Phase = ReplicaReportPhase.Starting, StartedAt = _clock.GetUtcNow() };
                var running = starting with { Phase = ReplicaReportPhase.Running, Address = $"/run/serve/{order.Replica.Replica.Suffix}.sock", SettingsHash = order.Replica.SettingsHash };
                _replicas[order.Replica.Replica] = (order.Node, running);
                Report(order.Node, starting);
                Report(order.Node, running);
                break;
        }
    }

    private void Report(string node, ReplicaReport report) => _mail.Enqueue(new ReplicaReported(node, report));
}
