using Serve.Identity;
using Serve.Server.Node;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Simulation.World;

/// <summary>
/// A node agent from its start to its end: joins under a lease, takes orders up, reports. Does what the server's NodeAgent and
/// NodeMembership do, in their order; only the processes are not there.
/// </summary>
internal sealed class SimAgent
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ReplicaId, SimProcess> _replicas = [];
    private readonly SimCluster _cluster;
    private readonly SimNode _node;
    private readonly Session _session;
    private readonly StoreNetwork _store;
    private readonly SimStatusWriter _status;
    private readonly SimProgramJobs _programs;
    private readonly string _incarnation;
    private LeaseId _lease;
    private Watch? _orders;
    private Watch? _stored;

    public SimAgent(SimCluster cluster, SimNode node, Session session)
    {
        _cluster = cluster;
        _node = node;
        _session = session;
        _incarnation = node.NextIncarnation();
        _store = new StoreNetwork(cluster.Store, session, cluster.Timeline, cluster.Chance, cluster.Faults);
        _status = new SimStatusWriter(cluster, _store, () => _lease);
        _programs = new SimProgramJobs(cluster, session, report => _status.Write(ClusterKeys.ProgramStatus(node.Name, report.Application), StoreJson.Write(report)));
    }

    public async Task RunAsync()
    {
        await JoinAsync();
        _orders = new Watch(_cluster.Store, _session, ClusterKeys.DesiredOf(_node.Name), OnOrder, _cluster.Timeline, _cluster.Chance, _cluster.Faults);
        _orders.Start();
        _stored = new Watch(_cluster.Store, _session, ClusterKeys.StatusOf(_node.Name), _status.OnStored, _cluster.Timeline, _cluster.Chance, _cluster.Faults);
        _stored.Start();
        KeepAliveLater();
    }

    public void BreakWatch() => _orders?.Break();

    private async Task JoinAsync()
    {
        while (true)
        {
            try
            {
                var lease = await _store.GrantAsync(LeaseTime, default);
                await NodeRegistration.WriteAsync(_store, _node.Describe(_incarnation), lease, default);
                _lease = lease;
                return;
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
            {
                await _cluster.Wait(Retry);
            }
        }
    }

    private void KeepAliveLater() => _cluster.Timeline.After(LeaseTime / 3, () =>
    {
        if (_session.IsAlive)
            _ = _cluster.WatchOver(KeepAliveAsync);
    });

    private async Task KeepAliveAsync()
    {
        try
        {
            var isKnown = await _store.KeepAliveAsync(_lease, default)
                && (await NodeRegistration.FindAsync(_store, _node.Name, default))?.Lease == _lease;
            if (!isKnown)
                await JoinAgainAsync();
        }
        catch (TimeoutException)
        {
            // The next turn tries again.
        }

        KeepAliveLater();
    }

    /// <summary>The cluster has given the node up: it comes back with what it still runs, and says again what that is.</summary>
    private async Task JoinAgainAsync()
    {
        _cluster.Trace.Add(_node.Name, "has lost its lease");
        await JoinAsync();
        foreach (var replica in _replicas.Values)
            replica.SayAgain();
        _programs.SayAgain();
    }

    private void OnOrder(string key, byte[]? value)
    {
        var tail = key[ClusterKeys.DesiredOf(_node.Name).Length..];
        var name = Uri.UnescapeDataString(tail[(tail.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        if (tail.StartsWith("programs/", StringComparison.Ordinal))
            _programs.Update(name, value is null ? null : StoreJson.Read<DesiredProgram>(value));
        else if (value is not null)
            OnReplicaOrder(StoreJson.Read<DesiredReplica>(value));
        else if (ReplicaId.TryParse(name, out var gone) && _replicas.TryGetValue(gone, out var replica))
            Forget(gone, replica);
    }

    private void OnReplicaOrder(DesiredReplica order)
    {
        if (order.Incarnation != _incarnation)
            return;
        if (_replicas.TryGetValue(order.Replica, out var known))
        {
            known.Update(order);
            return;
        }

        var replica = _replicas[order.Replica] = new SimProcess(_cluster, _session, order, Report);
        _node.Launch(replica);
    }

    private void Forget(ReplicaId id, SimProcess replica)
    {
        replica.Stop();
        replica.WhenEnded(() => _replicas.Remove(id));
    }

    private void Report(ReplicaReport report) => _status.Write(ClusterKeys.ReplicaStatus(_node.Name, report.Replica), StoreJson.Write(report));
}
