using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Routing;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>
/// Does on one machine what the controller wants there: watches the node's orders in the store, runs replicas and programs, and reports.
/// Level-triggered: it compares orders with what runs, so that it does not matter which changes it saw.
/// </summary>
internal sealed partial class NodeAgent : IAsyncDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<ReplicaId, ReplicaProcess> _replicas = new();
    private readonly ConcurrentDictionary<string, ApplicationRoutes> _routes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterStore _store;
    private readonly NodeOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<NodeAgent> _logger;
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private readonly LeaseId _lease;
    private readonly StatusWriter _status;
    private readonly ReplicaEnvironment _environment;
    private readonly ProgramJobs _programs;
    private readonly LinkServer _links;
    private Task _loops = Task.CompletedTask;

    private NodeAgent(IClusterStore store, NodeOptions options, LeaseId lease, IProcessLauncher launcher, WorkerRegistry registry, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _store = store;
        _options = options;
        _timeProvider = timeProvider;
        _logger = loggers.CreateLogger<NodeAgent>();
        _lease = lease;
        _status = new StatusWriter(store, lease, loggers.CreateLogger<StatusWriter>());
        var logs = new LogFolder(options.DataFolder);
        _environment = new ReplicaEnvironment(options, launcher, registry, logs, RoutesOf, Report, timeProvider);
        var programs = new ProgramRunner(launcher, new ProgramFolder(options.DataFolder), logs, registry, timeProvider);
        _programs = new ProgramJobs(programs, report => _status.Write(ClusterKeys.ProgramStatus(options.Name, report.Application), StoreJson.Write(report)));
        _links = new LinkServer(_environment.AgentSocket, Accept, timeProvider, loggers.CreateLogger<LinkServer>());
    }

    /// <summary>Ends what a predecessor left, then takes the node's orders up.</summary>
    public static async Task<NodeAgent> StartAsync(
        IClusterStore store, NodeOptions options, IProcessLauncher launcher, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var registry = new WorkerRegistry(options.DataFolder);
        var leftovers = registry.EndLeftovers();
        var lease = await store.GrantAsync(LeaseTime, cancellationToken);
        var agent = new NodeAgent(store, options, lease, launcher, registry, timeProvider, loggers);
        if (leftovers > 0)
            agent.LogLeftovers(leftovers);
        await agent.BeginAsync(cancellationToken);
        return agent;
    }

    /// <summary>Stops all replicas as their deployments declare, then leaves the cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _programs.DisposeAsync();
        foreach (var replica in _replicas.Values)
            replica.Stop();
        await Task.WhenAll(_replicas.Values.Select(replica => replica.Ended));
        await _links.DisposeAsync();
        await _status.DisposeAsync();
        await _store.RevokeAsync(_lease, CancellationToken.None);
        _stopping.Dispose();
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var routes = await _store.RangeAsync(ClusterKeys.Routes, cancellationToken);
        foreach (var entry in routes.Entries)
            OnRoutes(entry.Key, entry.Value);
        var info = new NodeInfo(_options.Name, _incarnation, Address: "", _options.Cpus, _options.Gpus);
        await _store.TxnAsync(new StoreTxn([], [new StoreChange(ClusterKeys.Info(_options.Name), StoreJson.Write(info), _lease)]), cancellationToken);
        var orders = await _store.RangeAsync(ClusterKeys.DesiredOf(_options.Name), cancellationToken);
        foreach (var entry in orders.Entries)
            OnOrder(entry.Key, entry.Value);
        _loops = Task.WhenAll(
            WatchOrdersAsync(orders.Revision + 1),
            WatchRoutesAsync(routes.Revision + 1),
            KeepAliveAsync());
    }

    private async Task WatchOrdersAsync(long revision)
    {
        await foreach (var change in _store.WatchAsync(ClusterKeys.DesiredOf(_options.Name), revision, _stopping.Token))
            OnOrder(change.Key, change.Value);
    }

    private async Task WatchRoutesAsync(long revision)
    {
        await foreach (var change in _store.WatchAsync(ClusterKeys.Routes, revision, _stopping.Token))
            OnRoutes(change.Key, change.Value);
    }

    private async Task KeepAliveAsync()
    {
        using var timer = new PeriodicTimer(LeaseTime / 3, _timeProvider);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            if (!await _store.KeepAliveAsync(_lease, _stopping.Token))
                LogLeaseLost();
        }
    }

    private void OnOrder(string key, byte[]? value)
    {
        var tail = key[ClusterKeys.DesiredOf(_options.Name).Length..];
        var name = Uri.UnescapeDataString(tail[(tail.IndexOf('/') + 1)..]);
        if (tail.StartsWith("programs/", StringComparison.Ordinal))
            _programs.Update(name, value is null ? null : StoreJson.Read<DesiredProgram>(value));
        else if (value is not null)
            OnReplicaOrder(StoreJson.Read<DesiredReplica>(value));
        else if (ReplicaId.TryParse(name, out var gone) && _replicas.TryGetValue(gone, out var replica))
            replica.Stop();
    }

    private void OnReplicaOrder(DesiredReplica desired)
    {
        // An order to an earlier agent of this node: the controller learns from the new incarnation that the replica is gone.
        if (desired.Incarnation != _incarnation)
            return;
        if (_replicas.TryGetValue(desired.Replica, out var known))
        {
            known.Update(desired);
            return;
        }

        var replica = new ReplicaProcess(desired, _environment);
        _replicas[desired.Replica] = replica;
        _ = ForgetAsync(desired.Replica, replica);
    }

    private async Task ForgetAsync(ReplicaId id, ReplicaProcess replica)
    {
        await replica.Ended;
        _replicas.TryRemove(id, out var _);
    }

    private void OnRoutes(string key, byte[]? value)
    {
        var application = Uri.UnescapeDataString(key[ClusterKeys.Routes.Length..]);
        if (value is null)
        {
            _routes.TryRemove(application, out _);
            return;
        }

        var routes = StoreJson.Read<ApplicationRoutes>(value);
        _routes[application] = routes;
        foreach (var (id, replica) in _replicas)
        {
            if (id.Deployment.Application == application)
                replica.SendRoutes(routes);
        }
    }

    private ApplicationRoutes RoutesOf(string application) =>
        _routes.GetValueOrDefault(application) ?? new ApplicationRoutes(application, RoutePrefix: null, Ingress: null, []);

    private Task Accept(Hello hello, WorkerLink link) => _replicas.TryGetValue(hello.Replica, out var replica) ? replica.RunLinkAsync(link) : Task.CompletedTask;

    private void Report(ReplicaReport report) => _status.Write(ClusterKeys.ReplicaStatus(_options.Name, report.Replica), StoreJson.Write(report));

    [LoggerMessage(EventId = 5201, Level = LogLevel.Warning, Message = "Ended {Count} processes that an earlier node agent had left")]
    private partial void LogLeftovers(int count);

    [LoggerMessage(EventId = 5202, Level = LogLevel.Error, Message = "The node's lease has ended")]
    private partial void LogLeaseLost();
}
