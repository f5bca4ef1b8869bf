using Microsoft.Extensions.Logging;
using Serve.Admin;
using Serve.Routing;
using Serve.Routing.Load;
using Serve.Server.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Controller.Autoscaling.Policies;
using Serve.Server.Controller.Line;
using Serve.Server.Node;
using Serve.Server.Node.Line;
using Serve.Server.Node.Resources;
using Serve.Server.Proxy;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Etcd;
using Serve.Server.Store.Records;
using Serve.Server.Telemetry;
using Serve.Specs.Parsing;
using Serve.Telemetry.Logs;
using Serve.Telemetry.Metrics;
using Serve.Telemetry.Push;
using Serve.Wire;
using Serve.Wire.Control;

namespace Serve.Server.Hosting;

/// <summary>One server process, with the parts of its role: store, controller, node agent, proxy and admin API, started in this order and stopped in its reverse.</summary>
internal sealed class ServeServer : IAsyncDisposable
{
    private const string StoreSocket = "store.sock";

    private const string LeaderSocket = "leader.sock";

    private static readonly TimeSpan JoinRetry = TimeSpan.FromMilliseconds(200);

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly OtlpPush _push = new(MeterScope.Server, new PushedService("serve", "", $"{NodeOptions.MachineName}-{Environment.ProcessId}", []));
    private readonly DataFolder _folder;
    private readonly MetricsPage _metrics;
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile ClusterSettings _settings = new();
    private volatile NodeAgent? _agent;

    private ServeServer(DataFolder folder, MetricsPage metrics)
    {
        _folder = folder;
        _metrics = metrics;
    }

    /// <summary>The controller, or null where it is in another process.</summary>
    public ControllerActor? Controller { get; private set; }

    /// <summary>The load that the leader has heard of; empty where it is in another process.</summary>
    public LoadBook Load { get; private set; } = null!;

    /// <summary>The routes of this process's node.</summary>
    public RouteTableFeed Routes { get; private set; } = null!;

    /// <summary>The proxy, or null where there is none.</summary>
    public ProxyServer? Proxy { get; private set; }

    public ServerAddresses Addresses { get; private set; } = null!;

    /// <summary>Completes when a client of the admin API asks the server to end, or when the controller can't go on.</summary>
    public Task Ending => Controller is null ? _shutdown.Task : Task.WhenAny(_shutdown.Task, Controller.Ended);

    /// <exception cref="InvalidOperationException">The data folder is in use, or the certificate can't be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<ServeServer> StartAsync(ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var server = new ServeServer(DataFolder.Open(options.DataFolder, options.Role), new MetricsPage(timeProvider));
        server.Load = new LoadBook(() => server.Controller?.State, timeProvider);
        try
        {
            await server.StartPartsAsync(options, timeProvider, loggers, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_parts.TryPop(out var part))
            {
                await part.DisposeAsync();
            }
        }
        finally
        {
            // A part that can't end properly must not keep the others, or the folder.
            if (_parts.Count > 0)
                await DisposeAsync();
            else
                End();
        }
    }

    private void Use(ClusterSettings settings, LogControl log)
    {
        log.Use(settings.Logging);
        _push.Use(settings.Telemetry);
        _settings = settings;
        _agent?.UseTelemetry(settings.Telemetry);
    }

    private void End()
    {
        _push.Dispose();
        _metrics.Dispose();
        _folder.Dispose();
    }

    private async Task StartPartsAsync(ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = options.NodeName ?? NodeOptions.MachineName;
        var store = options.Role == ServerRole.Node ? Own(FindStore(options, timeProvider, loggers)) : await OpenStoreAsync(options.Role, node, timeProvider, loggers, cancellationToken);
        if (options.Role == ServerRole.Node)
            await WaitForControllerAsync(store, timeProvider, cancellationToken);
        else
            Controller = Own(await ControllerActor.StartAsync(store, options.Http.MaxRequestBodyBytes, timeProvider, loggers, cancellationToken, options.Scheduling));
        if (Controller is { } controller)
            _metrics.Own(new ControllerMeter(() => controller.State));
        Own(await SettingsWatch.StartAsync(store, settings => Use(settings, options.Log), timeProvider, loggers, cancellationToken));
        if (options.Role != ServerRole.Controller)
            await StartNodeAsync(store, node, options, timeProvider, loggers, cancellationToken);
        Addresses = new ServerAddresses(Environment.ProcessId, Admin: null, Proxy?.HttpAddress, Proxy?.GrpcAddress);
        if (options.Role == ServerRole.Controller)
            Addresses = Addresses with { Store = await ServeStoreAsync(store, timeProvider, loggers, cancellationToken) };
        if (Controller is not null)
            Addresses = Addresses with { Admin = await StartAdminAsync(Controller, node, options, timeProvider, loggers, cancellationToken) };
        if (options.MetricsAddress is { } address)
            Addresses = Addresses with { Metrics = Own(await MetricsServer.StartAsync(address, _metrics, loggers, cancellationToken)).Address };
        _folder.WriteAddresses(Addresses);
    }

    /// <summary>
    /// Where the node belongs to this process, its predecessor is gone for certain: nothing waits for its lease. A node in a process of its
    /// own may have gone on without a controller.
    /// </summary>
    private async Task<IClusterStore> OpenStoreAsync(ServerRole role, string node, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var store = Own(EmbeddedStore.Open(_folder.Path, timeProvider, loggers.CreateLogger<EmbeddedStore>()));
        if (role == ServerRole.All)
            await NodeMembership.ForgetPredecessorAsync(store, node, cancellationToken);
        return store;
    }

    private EtcdStore FindStore(ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        var place = PlaceOf(options);
        return EtcdStore.OnSocket(() => StoreLocation.FindSocket(place), timeProvider, loggers.CreateLogger<EtcdStore>());
    }

    /// <summary>Only now: what nodes read shall be what the controller has made of its predecessor's state.</summary>
    private async Task<string> ServeStoreAsync(IClusterStore store, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(_folder.RunFolder, StoreSocket);
        Own(new LeaderServer(Path.Combine(_folder.RunFolder, LeaderSocket), Load, timeProvider, loggers.CreateLogger<LeaderServer>()));
        Own(await StoreGateway.StartAsync(store, socket, loggers, cancellationToken));
        return socket;
    }

    /// <summary>Where a node tells its load: the leader in this process, or the socket beside its store's.</summary>
    private IAsyncDisposable FindLeader(NodeOptions node, NodeAgent agent, ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        if (Controller is not null)
            return new LocalLeader(agent.Load, Load.Open(node.Name, agent.Incarnation, agent.AskReplicaAsync));
        var place = PlaceOf(options);
        var hello = new NodeHello(node.Name, agent.Incarnation);
        return new LeaderLink(
            () => Path.Combine(Path.GetDirectoryName(StoreLocation.FindSocket(place))!, LeaderSocket), hello, agent.Load, agent.AskReplicaAsync, timeProvider, loggers.CreateLogger<LeaderLink>());
    }

    private string PlaceOf(ServeServerOptions options) => Path.GetFullPath(options.Join ?? _folder.Path);

    private async Task StartNodeAsync(
        IClusterStore store, string name, ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = new NodeOptions
        {
            Name = name,
            DataFolder = _folder.Path,
            RunFolder = _folder.RunFolder,
            Resources = NodeResources.Of(options.Node, MachineProbe.OfThisProcess),
            Cgroups = options.Cgroup is { } cgroup ? WorkerCgroups.Open(cgroup) : null,
            OnOutput = options.OnOutput,
        };
        var agent = Own(await NodeAgent.PrepareAsync(store, node, new ProcessLauncher(), timeProvider, loggers, cancellationToken));
        var sampler = Own(new LoadSampler(timeProvider, agent.Load.Open().Take));
        Routes = new RouteTableFeed(new RouterEnvironment(static route => new RemoteReplica(route), timeProvider) { Location = node.Location, Sampler = sampler });
        Own(FindLeader(node, agent, options, timeProvider, loggers));
        _metrics.Workers = agent.CollectMetricsAsync;
        _agent = agent;
        agent.UseTelemetry(_settings.Telemetry);
        Own(await RouteWatch.StartAsync(store, Routes, timeProvider, loggers, cancellationToken));
        if (options.HasProxy)
            Proxy = await StartProxyAsync(name, options, timeProvider, loggers, cancellationToken);
        var proxy = Proxy is null ? null : new ProxyInfo(Proxy.HttpAddress, Proxy.GrpcAddress, ConfigWriter.Write(options.Http.WithoutSecrets()), ConfigWriter.Write(options.Grpc));
        await agent.JoinAsync(proxy, cancellationToken);
    }

    private async Task<ProxyServer> StartProxyAsync(string node, ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var meter = new ProxyMeter(Routes, node);
        _metrics.Prune = meter.Prune;
        _metrics.Own(meter);
        return Own(await ProxyServer.StartAsync(options.Http, options.Grpc, Routes, timeProvider, loggers, cancellationToken, new ProxyTelemetry(meter, options.Log)));
    }

    /// <summary>A node may be started first. The store's client says what it waits for.</summary>
    private static async Task WaitForControllerAsync(IClusterStore store, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await store.RangeAsync(ClusterKeys.Leader, cancellationToken);
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(JoinRetry, timeProvider, cancellationToken);
            }
        }
    }

    private async Task<Uri> StartAdminAsync(
        ControllerActor controller, string node, ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var policies = Own(new ScalingPolicies(() => controller.State, Load.Metrics, Load.AskReplicaAsync, timeProvider, loggers.CreateLogger<ScalingPolicies>()));
        var autoscaler = Own(new AutoscalerLoop(controller, Load, policies, timeProvider, loggers));
        Load.QueueBegan = autoscaler.Hurry;
        _metrics.Own(new AutoscalingMeter(() => controller.State, autoscaler));
        var admin = new AdminOptions { Host = options.AdminHost, Port = options.AdminPort, Node = node, Shutdown = () => _shutdown.TrySetResult() };
        var logs = new LogReader(() => LogFoldersOf(controller.State), timeProvider);
        return Own(await AdminServer.StartAsync(admin, controller, autoscaler, logs, timeProvider, loggers, _metrics, cancellationToken)).Address;
    }

    /// <summary>This process's own folder, where also a node that is gone may have left logs, and those of the nodes that are there.</summary>
    private IReadOnlyList<LogFolder> LogFoldersOf(ControllerState state) =>
        [.. state.Nodes.Values.Select(node => node.Info.DataFolder).Append(_folder.Path).Distinct(StringComparer.Ordinal).Select(folder => new LogFolder(folder))];

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
