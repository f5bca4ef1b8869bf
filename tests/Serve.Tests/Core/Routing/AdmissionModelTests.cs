using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

/// <summary>
/// Several routers and several gates with a connection between each pair, on which what is said arrives in order but late: all orders that a seed draws.
/// Nothing polls, so that a request whose word of room were lost would wait for ever.
/// </summary>
public sealed class AdmissionModelTests
{
    private const int Requests = 60;

    private readonly ManualTimeProvider _clock = new();
    private readonly List<Router> _routers = [];
    private readonly List<Connection> _connections = [];
    private readonly List<(Connection Connection, Outgoing Request)> _running = [];
    private Random _random = new(0);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(2, 3, 1)]
    [InlineData(4, 3, 2)]
    public async Task Acquire_ManyRoutersAndLateWords_EveryRequestIsServed(int routers, int replicas, int limit)
    {
        for (var seed = 0; seed < 15; seed++)
        {
            Begin(seed, routers, replicas, limit);
            var open = Enumerable.Range(0, Requests).ToList();
            while (true)
            {
                await SettleAsync();
                var moves = new List<Action>();
                if (open.Count > 0)
                    moves.Add(() => Send(open));
                moves.AddRange(_connections.Where(connection => connection.ToReplica.Count > 0).Select<Connection, Action>(connection => () => Arrive(connection)));
                moves.AddRange(_connections.Where(connection => connection.ToRouter.Count > 0).Select<Connection, Action>(connection => connection.ToRouter.Dequeue()));
                moves.AddRange(_connections.Where(connection => connection.Late.Count > 0).Select<Connection, Action>(connection => connection.Late.Dequeue()));
                moves.AddRange(_running.Select<(Connection, Outgoing), Action>(pair => () => Finish(pair)));
                if (moves.Count == 0)
                    break;
                moves[_random.Next(moves.Count)]();
            }

            _routers.Sum(router => router.Served).ShouldBe(Requests, $"seed {seed}: {_routers.Sum(router => router.Acquiring.Router.Waiting)} wait");
            _connections.ShouldAllBe(connection => connection.Gate.Ongoing == 0 && connection.Entry.Ongoing == 0);
        }
    }

    private void Begin(int seed, int routers, int replicas, int limit)
    {
        _random = new Random(seed);
        _routers.Clear();
        _connections.Clear();
        _running.Clear();
        var gates = Enumerable.Range(0, replicas).Select(_ => new AdmissionGate(limit)).ToList();
        for (var i = 0; i < routers; i++)
        {
            var deployment = new DeploymentRouter("app", "D", _clock);
            var connections = gates.Select((gate, number) => new Connection(gate, new FakeReplica($"r{number}"))).ToList();
            deployment.Update(new ReplicaSet([.. connections.Select(connection => connection.Entry)], limit, -1, UnavailableReason: null));
            _routers.Add(new Router(new Acquiring(deployment)));
            _connections.AddRange(connections);
        }
    }

    /// <summary>Waiting requests that were given a slot go on by threads of their own; what they do next is decided here.</summary>
    private async Task SettleAsync()
    {
        foreach (var router in _routers)
        {
            while (router.Acquiring.Tasks.Count(pair => !pair.Lease.IsCompleted) != router.Acquiring.Router.Waiting)
                await Task.Yield();
            foreach (var (task, request) in router.Acquiring.Tasks.Where(pair => pair.Lease.IsCompleted).ToList())
            {
                router.Acquiring.Tasks.RemoveAll(pair => pair.Lease == task);
                var lease = await task;
                _connections.Single(connection => connection.Entry == lease.Replica).ToReplica.Enqueue(request with { Lease = lease });
            }
        }
    }

    private void Send(List<int> open)
    {
        open.RemoveAt(0);
        Acquire(new Outgoing(_routers[_random.Next(_routers.Count)], default, default));
    }

    private static void Acquire(Outgoing request) =>
        request.Router.Acquiring.Tasks.Add((request.Router.Acquiring.Router.AcquireAsync(request.Pick, CancellationToken.None).AsTask(), request));

    /// <summary>A request reaches the replica, which takes it or refuses it there and then.</summary>
    private void Arrive(Connection connection)
    {
        var request = connection.ToReplica.Dequeue();
        if (connection.Gate.TryEnter(connection) == Admission.Entered)
        {
            _running.Add((connection, request));
            return;
        }

        // As after a refusal over the hop: the caller's own thread hears of it some time after the connection did, perhaps after word of room.
        connection.ToRouter.Enqueue(() => connection.Late.Enqueue(() =>
        {
            request.Lease.MarkFull();
            request.Lease.Dispose();
            Acquire(request with { Pick = request.Pick.After(request.Lease) });
        }));
    }

    private void Finish((Connection Connection, Outgoing Request) pair)
    {
        var (connection, request) = pair;
        _running.Remove(pair);
        var load = connection.Gate.Ongoing;
        connection.Gate.Exit();
        connection.ToRouter.Enqueue(() =>
        {
            connection.Entry.OnLoad(load);
            request.Lease.RecordAnswer();
            request.Lease.Dispose();
            request.Router.Served++;
        });
    }

    /// <summary>What one router's requests are on their way to or from one replica.</summary>
    private sealed class Connection(AdmissionGate gate, FakeReplica entry) : IRoomListener
    {
        public AdmissionGate Gate { get; } = gate;

        public FakeReplica Entry { get; } = entry;

        public Queue<Outgoing> ToReplica { get; } = new();

        public Queue<Action> ToRouter { get; } = new();

        public Queue<Action> Late { get; } = new();

        public void OnRoom() => ToRouter.Enqueue(Entry.OnFree);
    }

    private sealed class Router(Acquiring acquiring)
    {
        public Acquiring Acquiring { get; } = acquiring;

        public int Served { get; set; }
    }

    private sealed record Acquiring(DeploymentRouter Router)
    {
        public List<(Task<ReplicaLease> Lease, Outgoing Request)> Tasks { get; } = [];
    }

    private sealed record Outgoing(Router Router, PickRequest Pick, ReplicaLease Lease);
}
