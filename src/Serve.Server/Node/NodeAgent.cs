using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serve.Identity;
using Serve.Routing;
using Serve.Server.Node.Load;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Specs.Observability;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>
/// Does on one machine what the controller wants there: watches the node's orders in the store, runs replicas and programs, and reports.
/// Level-triggered: it compares orders with what runs, so that it does not matter which changes it saw.
/// </summary>
internal sealed partial class NodeAgent : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ReplicaId, ReplicaProcess> _replicas = new();
    private readonly ConcurrentDictionary<string, ApplicationRoutes> _routes = new(StringComparer.Ordinal);
    private readonly RouteAssembly _assembly = new();
    private readonly IClusterStore _store;
    private readonly NodeOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<NodeAgent> _logger;
    private readonly ILoggerFactory _loggers;
    private readonly NodeMembership _membership;
    private readonly StatusWriter _status;
    private readonly ReplicaEnvironment _environment;
    private readonly ProgramFolder _programFolder;
    private readonly ProgramJobs _programs;
    private readonly LinkServer _links;
    private readonly NodeMeter _meter = new();
    private StoreFollower? _orders;
    private StoreFollower? _stored;
    private StoreFollower? _routeChanges;

    private NodeAgent(IClusterStore store, NodeOptions options, NodeMembership membership, IProcessLauncher launcher, WorkerRegistry registry, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _store = store;
        _options = options;
        _timeProvider = timeProvider;
        _logger = loggers.CreateLogger<NodeAgent>();
        _loggers = loggers;
        Load = new NodeLoad(timeProvider);
        _membership = membership;
        _status = new StatusWriter(store, () => _membership.Lease, timeProvider, loggers.CreateLogger<StatusWriter>());
        var logs = new LogFolder(options.DataFolder);
        _meter.Observe(() => _replicas.Select(static entry => (entry.Key, entry.Value.IsHealthy)));
        _environment = new ReplicaEnvironment(options, launcher, registry, logs, RoutesOf, Report, _meter, timeProvider);
        _programFolder = new ProgramFolder(options.DataFolder);
        var programs = new ProgramRunner(launcher, _programFolder, logs, registry, timeProvider);
        _programs = new ProgramJobs(programs, report => _status.Write(ClusterKeys.ProgramStatus(options.Name, report.Application), StoreJson.Write(report)));
        _links = new LinkServer(_environment.AgentSocket, Accept, timeProvider, loggers.CreateLogger<LinkServer>());
    }

    /// <summary>The load that the routers of this node have.</summary>
    public NodeLoad Load { get; }

    /// <summary>Differs each time that the agent starts.</summary>
    public string Incarnation => _membership.Incarnation;

    /// <summary>Ends what a predecessor left; nobody knows of the node yet.</summary>
    public static async Task<NodeAgent> PrepareAsync(
        IClusterStore store, NodeOptions options, IProcessLauncher launcher, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var registry = new WorkerRegistry(options.DataFolder);
        var leftovers = registry.EndLeftovers();
        NodeAgent? agent = null;
        var membership = await NodeMembership.PrepareAsync(
            store, options, () => agent!.ReportAgain(), timeProvider, loggers.CreateLogger<NodeMembership>(), cancellationToken);
        agent = new NodeAgent(store, options, membership, launcher, registry, timeProvider, loggers);
        if (leftovers > 0)
            agent.LogLeftovers(leftovers);
        return agent;
    }

    /// <summary>Makes the node known, then takes its orders up.</summary>
    /// <param name="proxy">The node's proxy, or null where it has none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">Another node has its name.</exception>
    public async Task JoinAsync(ProxyInfo? proxy, CancellationToken cancellationToken)
    {
        _programFolder.DeleteAllBut(await ProgramsInUseAsync(cancellationToken));
        var logger = _loggers.CreateLogger<StoreFollower>();
        _routeChanges = await StoreFollower.StartAsync(_store, ClusterKeys.Routes, OnRoutes, _timeProvider, logger, cancellationToken);
        await _membership.JoinAsync(proxy, cancellationToken);
        _orders = await StoreFollower.StartAsync(_store, ClusterKeys.DesiredOf(_options.Name), OnOrder, _timeProvider, logger, cancellationToken);
        _stored = await StoreFollower.StartAsync(_store, ClusterKeys.StatusOf(_options.Name), OnStored, _timeProvider, logger, cancellationToken);
    }

    /// <summary>Has replicas push metrics and traces there, those that run and those to come.</summary>
    public void UseTelemetry(TelemetrySpec? telemetry)
    {
        _environment.Telemetry = telemetry;
        foreach (var replica in _replicas.Values)
            replica.Link?.Send(new TelemetryChanged(telemetry));
    }

    /// <summary>What the replicas have counted.</summary>
    public Task<WorkerMetrics> CollectMetricsAsync(CancellationToken cancellationToken) => WorkerMetrics.CollectAsync(_replicas.Values, cancellationToken);

    /// <summary>Has a replica let one of its program's scaling policies decide.</summary>
    /// <returns>What it says, or null where it is not here, or not linked.</returns>
    public Task<string?> AskReplicaAsync(ReplicaId replica, string question, CancellationToken cancellationToken) =>
        _replicas.GetValueOrDefault(replica)?.Link is { } link ? link.AskPolicyAsync(question, cancellationToken) : Task.FromResult<string?>(null);

    /// <summary>Stops all replicas as their deployments declare, then leaves the cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_orders is not null)
            await _orders.DisposeAsync();
        if (_stored is not null)
            await _stored.DisposeAsync();
        if (_routeChanges is not null)
            await _routeChanges.DisposeAsync();
        await _programs.DisposeAsync();
        await StopReplicasAsync();
        await _links.DisposeAsync();
        await _status.DisposeAsync();
        await _membership.DisposeAsync();
        _meter.Dispose();
    }

    private Task StopReplicasAsync()
    {
        foreach (var replica in _replicas.Values)
            replica.Stop();
        return Task.WhenAll(_replicas.Values.Select(replica => replica.Ended));
    }

    private void ReportAgain()
    {
        foreach (var replica in _replicas.Values)
            replica.ReportAgain();
        _programs.ReportAgain();
    }

    /// <summary>The versions that can be gone back to, and those of this node's orders.</summary>
    private async Task<HashSet<string>> ProgramsInUseAsync(CancellationToken cancellationToken)
    {
        var versions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in (await _store.RangeAsync(ClusterKeys.Revisions, cancellationToken)).Entries)
        {
            if (StoreJson.Read<RevisionRecord>(entry.Value).Command is { } command)
                Add(command);
        }

        foreach (var entry in (await _store.RangeAsync(ClusterKeys.DesiredReplicasOf(_options.Name), cancellationToken)).Entries)
            Add(StoreJson.Read<DesiredReplica>(entry.Value).Program);
        return versions;

        void Add(ProgramCommand command)
        {
            versions.Add(command.Version);
            if (command.WorkingVersion is { } working)
                versions.Add(working);
        }
    }

    private ValueTask OnStored(string key, byte[]? value, CancellationToken cancellationToken)
    {
        _status.OnStored(key, value);
        return ValueTask.CompletedTask;
    }

    private ValueTask OnOrder(string key, byte[]? value, CancellationToken cancellationToken)
    {
        var tail = key[ClusterKeys.DesiredOf(_options.Name).Length..];
        var name = Uri.UnescapeDataString(tail[(tail.IndexOf('/') + 1)..]);
        if (tail.StartsWith("programs/", StringComparison.Ordinal))
            _programs.Update(name, value is null ? null : StoreJson.Read<DesiredProgram>(value));
        else if (value is not null)
            OnReplicaOrder(StoreJson.Read<DesiredReplica>(value));
        else if (ReplicaId.TryParse(name, out var gone) && _replicas.TryGetValue(gone, out var replica))
            _ = ForgetAsync(gone, replica);
        return ValueTask.CompletedTask;
    }

    private void OnReplicaOrder(DesiredReplica desired)
    {
        // An order to an earlier agent of this node: the controller learns from the new incarnation that the replica is gone.
        if (desired.Incarnation != _membership.Incarnation)
            return;
        if (_replicas.TryGetValue(desired.Replica, out var known))
        {
            known.Update(desired);
            return;
        }

        // Its process may call as soon as it is started, and must be known then.
        var replica = _replicas[desired.Replica] = new ReplicaProcess(desired, _environment);
        replica.Start();
    }

    /// <summary>A replica is remembered as long as its order is there, ended or not: an order that changes must not start it twice.</summary>
    private async Task ForgetAsync(ReplicaId id, ReplicaProcess replica)
    {
        replica.Stop();
        await replica.Ended;
        _replicas.TryRemove(id, out _);
    }

    private ValueTask OnRoutes(string key, byte[]? value, CancellationToken cancellationToken)
    {
        var (application, routes) = _assembly.Take(key, value);
        if (routes is null)
            _routes.TryRemove(application, out _);
        else
            _routes[application] = routes;
        foreach (var (id, replica) in _replicas)
        {
            // Of its own application a replica is about to end with the routes.
            if (routes is not null || id.Deployment.Application != application)
                replica.SendRoutes(application);
        }

        return ValueTask.CompletedTask;
    }

    private ApplicationRoutes? RoutesOf(string application) => _routes.GetValueOrDefault(application);

    private async Task Accept(Hello hello, WorkerLink link)
    {
        if (!_replicas.TryGetValue(hello.Replica, out var replica))
            return;
        using var load = Load.Open();
        link.OnLoad = load.Take;
        link.OnRecorded = values => load.Record(hello.Replica, values);
        await replica.RunLinkAsync(link);
    }

    private void Report(ReplicaReport report) => _status.Write(ClusterKeys.ReplicaStatus(_options.Name, report.Replica), StoreJson.Write(report));

    [LoggerMessage(EventId = 5201, Level = LogLevel.Warning, Message = "Ended {Count} processes that an earlier node agent had left")]
    private partial void LogLeftovers(int count);
}
