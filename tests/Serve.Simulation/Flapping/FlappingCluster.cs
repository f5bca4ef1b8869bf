using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Identity;
using Serve.Routing;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Simulation.Autoscaling;
using Serve.Simulation.World;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Testing;
using Serve.Testing.Cluster;

namespace Serve.Simulation.Flapping;

/// <summary>
/// A deployment that is scaled up and down by thousands of replicas: the server's own controller, autoscaler, routes and router; only the
/// network, which takes its time, and the processes are simulated.
/// </summary>
internal sealed class FlappingCluster : ILoadView
{
    private const string Node = "node";
    private const int Batch = 256;

    private static readonly DeploymentId Api = new("shop", "Api");

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryStore _store = new();
    private readonly FakePrograms _programs = new();
    private readonly RouteAssembly _routes = new();
    private readonly LoadMeter _load = new();
    private readonly Queue<ControllerMessage> _mail = new();
    private readonly Dictionary<string, SimReplica> _replicas = new(StringComparer.Ordinal);
    private readonly Timeline _timeline;
    private readonly Chance _chance;
    private readonly RouteTableFeed _feed;
    private readonly AutoscalerRounds _rounds;
    private readonly ControllerTerm _term;
    private TimeSpan _lastRoute;
    private bool _isTurnPlanned;
    private long _tickets;

    public FlappingCluster(FlappingOptions options, Timeline timeline, Chance chance)
    {
        _timeline = timeline;
        _chance = chance;
        _feed = new RouteTableFeed(Connect, _clock);
        _rounds = new AutoscalerRounds(this);
        _store.OnChange = OnStored;
        // Nothing of a store in memory is ever awaited.
        _term = Done.Result(ControllerTerm.BeginAsync(_store, 1024, _clock, NullLoggerFactory.Instance, Reducer.Reduce, scheduling: null, default));
        _term.OnFault = static (message, exception) => throw new InvalidOperationException($"{message.GetType().Name} could not be handled.", exception);
        _programs.Put("/p", FakeProgram.Of("v1", FakeProgram.Ingress("Api")));
        Post(new NodeSeen(new NodeInfo(Node, "1", Address: "", Cpus: 2 * options.Most, Gpus: 0)));
        Post(new Deploy(new Ticket(++_tickets), [FakeCluster.App("shop", "/p", overrides: OptionsOf(options))], IsWhole: true));
        PlanRound();
    }

    public DeploymentRouter? Router => _feed.Current.Applications.GetValueOrDefault("shop")?.Ingress;

    public int Started { get; private set; }

    public int Ended { get; private set; }

    public int Ready => _replicas.Values.Count(replica => replica is { IsReady: true, IsDraining: false });

    public TimeSpan LongestStep { get; private set; }

    public SimReplica Find(string id) => _replicas[id];

    /// <summary>Lets the clock of the server's parts follow the simulation's.</summary>
    public void Follow()
    {
        var behind = _timeline.Now - (_clock.GetUtcNow() - Begin);
        if (behind > TimeSpan.Zero)
            _clock.Advance(behind);
    }

    public void NoteLoad(int running, int queued, long completed) => _load.Set(_clock.GetUtcNow(), running, queued, completed);

    /// <summary>A request on it has ended.</summary>
    public void Finish(SimReplica replica)
    {
        replica.Running--;
        EndIfDrained(replica);
    }

    public IReadOnlyCollection<DeploymentId> TakeChanged() => [Api];

    public LoadFigures Over(DeploymentId deployment, TimeSpan window) => _load.Window.Over(window, _clock.GetUtcNow());

    public double Percentile(DeploymentId deployment, TimeSpan window, double share) => _load.Window.Percentile(window, _clock.GetUtcNow(), share);

    public bool IsComplete(DeploymentId deployment) => true;

    private DateTimeOffset Begin { get; } = new ManualTimeProvider().GetUtcNow();

    private static DeploymentOptions OptionsOf(FlappingOptions options) => new()
    {
        Name = "Api",
        MaxOngoingRequests = 2,
        MaxQueuedRequests = -1,
        Autoscaling = new AutoscalingOptions
        {
            MinReplicas = options.Fewest,
            MaxReplicas = options.Most,
            TargetOngoingRequests = 1,
            LookBackPeriod = TimeSpan.FromSeconds(4),
            UpscaleDelay = TimeSpan.Zero,
            DownscaleDelay = TimeSpan.Zero,
        },
    };

    private void PlanRound() => _timeline.After(AutoscalerRounds.Round, () =>
    {
        Follow();
        foreach (var (id, decision) in _rounds.Next(_term.State, _term.Now))
            Post(new Autoscale(new Ticket(++_tickets), id, decision.Before, decision.After, decision.Rule));
        PlanRound();
    });

    private void Post(ControllerMessage message)
    {
        _mail.Enqueue(message);
        if (_isTurnPlanned)
            return;
        _isTurnPlanned = true;
        _timeline.After(_chance.Time(0.001, 0.02), Turn);
    }

    /// <summary>The controller handles what waits, as many messages at once as its actor does.</summary>
    private void Turn()
    {
        Follow();
        var batch = new List<ControllerMessage>(Batch);
        while (batch.Count < Batch && _mail.TryDequeue(out var message))
            batch.Add(message);
        var begin = Stopwatch.GetTimestamp();
        if (Done.Result(_term.HandleAsync(batch, default)) is null)
            throw new InvalidOperationException("The controller was deposed.");
        var time = Stopwatch.GetElapsedTime(begin) / batch.Count;
        LongestStep = time > LongestStep ? time : LongestStep;
        if (batch.OfType<Autoscale>().Any())
            _rounds.Answered(Api);
        _isTurnPlanned = false;
        if (_mail.Count == 0)
            return;
        _isTurnPlanned = true;
        _timeline.After(TimeSpan.FromMilliseconds(1), Turn);
    }

    /// <summary>What the controller writes reaches nodes and routers a little later, routes in their order.</summary>
    private void OnStored(StoreEvent change)
    {
        if (change.Key.StartsWith(ClusterKeys.Routes, StringComparison.Ordinal))
        {
            var at = _timeline.Now + _chance.Time(0.001, 0.2);
            _lastRoute = at > _lastRoute ? at : _lastRoute;
            _timeline.After(_lastRoute - _timeline.Now, () => TakeRoute(change));
        }
        else if (change.Value is { } value && change.Key.StartsWith(ClusterKeys.DesiredReplicasOf(Node), StringComparison.Ordinal))
        {
            _timeline.After(_chance.Time(0.001, 0.1), () => Take(StoreJson.Read<DesiredReplica>(value)));
        }
        else if (change.Value is { } program && change.Key == ClusterKeys.DesiredProgram(Node, "shop"))
        {
            Post(new ProgramReported(Node, _programs.Describe(StoreJson.Read<DesiredProgram>(program), ProgramPhase.Done)));
        }
    }

    private void TakeRoute(StoreEvent change)
    {
        Follow();
        if (_routes.Take(change.Key, change.Value) is (_, { } routes))
            _feed.Update(routes);
    }

    private RoutedReplica Connect(ReplicaRoute route)
    {
        var routed = new RoutedReplica(route.Id);
        var replica = _replicas[route.Id];
        replica.Routed = routed;
        // One that began to drain before the router knew of it says so as soon as it is connected.
        if (replica.IsDraining)
            routed.OnDraining();
        return routed;
    }

    private void Take(DesiredReplica order)
    {
        Follow();
        var id = order.Replica.ToString();
        if (order.Goal == ReplicaGoal.Stop)
        {
            if (_replicas.TryGetValue(id, out var replica))
                Drain(replica);
            else
                Report(order, ReplicaReportPhase.Stopped);
        }
        else if (!_replicas.ContainsKey(id))
        {
            Started++;
            var started = _replicas[id] = new SimReplica(order);
            Report(order, ReplicaReportPhase.Starting);
            _timeline.After(_chance.Time(0.5, 3), () => BecomeReady(started));
        }
    }

    private void BecomeReady(SimReplica replica)
    {
        if (replica.HasEnded)
            return;
        replica.IsReady = true;
        Report(replica.Order, ReplicaReportPhase.Running);
    }

    /// <summary>It takes nothing new, tells whoever is connected, and ends with its last request.</summary>
    private void Drain(SimReplica replica)
    {
        if (replica.IsDraining)
            return;
        replica.IsDraining = true;
        replica.Routed?.OnDraining();
        Report(replica.Order, ReplicaReportPhase.Draining);
        EndIfDrained(replica);
    }

    private void EndIfDrained(SimReplica replica)
    {
        if (replica is not { IsDraining: true, Running: 0, HasEnded: false })
            return;
        replica.HasEnded = true;
        Ended++;
        Report(replica.Order, ReplicaReportPhase.Stopped);
    }

    private void Report(DesiredReplica order, ReplicaReportPhase phase)
    {
        var report = new ReplicaReport
        {
            Replica = order.Replica,
            Phase = phase,
            StartedAt = _clock.GetUtcNow(),
            Address = phase == ReplicaReportPhase.Running ? $"/run/{order.Replica.Suffix}.sock" : null,
            SettingsHash = phase == ReplicaReportPhase.Running ? order.SettingsHash : null,
        };
        _timeline.After(_chance.Time(0.001, 0.05), () => Post(new ReplicaReported(Node, report)));
    }
}
