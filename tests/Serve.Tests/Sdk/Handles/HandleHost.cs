using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Handles;
using Serve.Replica;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Telemetry.Logs;
using Serve.Testing;
using Serve.Wire;

namespace Serve.Tests.Sdk.Handles;

/// <summary>Replicas of some deployments in this process, and the handles on them: called directly, or over real sockets as if each were a process.</summary>
internal sealed class HandleHost(bool isRemote) : IAsyncDisposable
{
    public const string Application = "app";

    private readonly TemporaryFolder _folder = new();
    private readonly List<DeploymentRoutes> _routes = [];
    private readonly Dictionary<string, HostedReplica> _replicas = new(StringComparer.Ordinal);
    private readonly List<ServiceProvider> _services = [];
    private RouteTableFeed? _feed;

    public bool IsRemote { get; } = isRemote;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The classes of all deployments, known before the first replica starts.</summary>
    public required Type[] Deployments { get; init; }

    public RouteTableFeed Feed => _feed ??= new RouteTableFeed(route => _replicas[route.Id].Connect(route, isHop: IsRemote), TimeProvider);

    /// <summary>The handles of a program that calls the deployments.</summary>
    public DeploymentHandles Handles => new(DeploymentCatalog.Of(Deployments), new HandleRoutes(Feed, Application, watch: null, TimeProvider));

    /// <summary>Starts the replicas of a deployment.</summary>
    public async Task StartAsync<T>(int replicas = 1, int maxOngoing = 100, int maxQueued = -1)
        where T : class
    {
        var type = DeploymentType.Of(typeof(T));
        var routes = new List<ReplicaRoute>();
        for (var i = 0; i < replicas; i++)
        {
            var id = $"{Application}#{type.Name}#1-{i}";
            var replica = await HostedReplica.StartAsync(type, CreateServices(type), maxOngoing, TimeProvider);
            if (IsRemote)
                await replica.ListenAsync(_folder.File($"{_routes.Count}-{i}.sock"));
            _replicas.Add(id, replica);
            routes.Add(new ReplicaRoute(id, replica.Address));
        }

        _routes.Add(new DeploymentRoutes(type.Name, maxOngoing, maxQueued, routes));
        Publish();
    }

    public void Publish() => Feed.Update(new ApplicationRoutes(Application, RoutePrefix: null, Ingress: null, [.. _routes]));

    public DeploymentHandle<T> Handle<T>()
        where T : class => Handles.Get<T>();

    /// <summary>The object of a replica.</summary>
    public T Object<T>(int index = 0)
        where T : class => (T)Replica<T>(index).Instance.Target;

    public HostedReplica Replica<T>(int index = 0) => _replicas[$"{Application}#{typeof(T).Name}#1-{index}"];

    public DeploymentRouter Router<T>() => Feed.Current.Applications[Application].Find(typeof(T).Name)!;

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas.Values)
            await replica.DisposeAsync();
        foreach (var services in _services)
            await services.DisposeAsync();
        _folder.Dispose();
    }

    private ServiceProvider CreateServices(DeploymentType type)
    {
        var services = new ServiceCollection();
        services.AddSingleton(_ => Handles);
        services.AddSingleton(typeof(DeploymentHandle<>), typeof(InjectedHandle<>));
        DeploymentInstance.Register(services, type, static _ => null!, count: 1);
        var provider = services.BuildServiceProvider();
        _services.Add(provider);
        return provider;
    }
}

/// <summary>One replica, with the door and the server that it has in a process of its own.</summary>
internal sealed class HostedReplica : IAsyncDisposable
{
    private readonly CallEndpoint _calls;
    private readonly TimeProvider _timeProvider;
    private HopServer? _server;

    private HostedReplica(DeploymentInstance instance, int maxOngoing, TimeProvider timeProvider)
    {
        var access = new AccessLog(new LogControl(spec: null), NullLogger<AccessLog>.Instance);
        _calls = new CallEndpoint(instance, new RequestObserver(access), timeProvider, NullLogger<CallEndpoint>.Instance);
        _timeProvider = timeProvider;
        Instance = instance;
        Gate = new AdmissionGate(maxOngoing);
    }

    public DeploymentInstance Instance { get; }

    public AdmissionGate Gate { get; }

    public string Address { get; private set; } = "";

    public static async Task<HostedReplica> StartAsync(DeploymentType type, IServiceProvider services, int maxOngoing, TimeProvider timeProvider)
    {
        var instance = new DeploymentInstance(type, services, index: 0);
        await instance.StartAsync(userConfig: null, static _ => { }, CancellationToken.None);
        return new HostedReplica(instance, maxOngoing, timeProvider);
    }

    public Task ListenAsync(string socket)
    {
        Address = socket;
        _server = new HopServer(new HopServerSettings
        {
            SocketPath = socket,
            Gate = Gate,
            Calls = _calls.AnswerAsync,
            TimeProvider = _timeProvider,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        });
        return _server.StartAsync(new NoApplication(), CancellationToken.None);
    }

    public ReplicaEntry Connect(ReplicaRoute route, bool isHop) => isHop ? new RemoteReplica(route) : new LocalReplica(route.Id, Instance, Gate);

    /// <summary>Ends all connections and listens no more, as a process that ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.StopAsync(new CancellationToken(canceled: true));
    }

    /// <summary>Only calls come here.</summary>
    private sealed class NoApplication : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception) => throw new NotSupportedException();
    }
}
