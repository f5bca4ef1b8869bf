using Microsoft.Extensions.Logging;
using Serve.Admin;
using Serve.Routing;
using Serve.Server.Admin;
using Serve.Server.Controller;
using Serve.Server.Node;
using Serve.Server.Node.Resources;
using Serve.Server.Proxy;
using Serve.Server.Store.Embedded;
using Serve.Specs.Parsing;
using Serve.Wire;

namespace Serve.Server.Hosting;

/// <summary>One server process: store, controller, node agent, proxy and admin API, started and stopped in this order and its reverse.</summary>
internal sealed class ServeServer : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly DataFolder _folder;
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServeServer(DataFolder folder)
    {
        _folder = folder;
    }

    public ControllerActor Controller { get; private set; } = null!;

    public RouteTableFeed Routes { get; private set; } = null!;

    /// <summary>The proxy, or null where there is none.</summary>
    public ProxyServer? Proxy { get; private set; }

    public ServerAddresses Addresses { get; private set; } = null!;

    /// <summary>Completes when a client of the admin API asks the server to end, or when the controller can't go on.</summary>
    public Task Ending => Task.WhenAny(_shutdown.Task, Controller.Ended);

    /// <exception cref="InvalidOperationException">The data folder is in use, or the certificate can't be used.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<ServeServer> StartAsync(ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var server = new ServeServer(DataFolder.Open(options.DataFolder));
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
                _folder.Dispose();
        }
    }

    private async Task StartPartsAsync(ServeServerOptions options, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var store = Own(EmbeddedStore.Open(_folder.Path, timeProvider, loggers.CreateLogger<EmbeddedStore>()));
        Controller = Own(await ControllerActor.StartAsync(store, options.Http.MaxRequestBodyBytes, timeProvider, loggers, cancellationToken, options.Scheduling));
        Routes = new RouteTableFeed(static route => new RemoteReplica(route), timeProvider);
        var node = new NodeOptions
        {
            DataFolder = _folder.Path,
            RunFolder = _folder.RunFolder,
            Resources = NodeResources.Of(options.Node, MachineProbe.OfThisProcess),
            Cgroups = options.Cgroup is { } cgroup ? WorkerCgroups.Open(cgroup) : null,
            OnOutput = options.OnOutput,
        };
        Own(await NodeAgent.StartAsync(store, node, new ProcessLauncher(), timeProvider, loggers, cancellationToken));
        Own(await RouteWatch.StartAsync(store, Routes, timeProvider, loggers, cancellationToken));
        if (options.HasProxy)
            Proxy = Own(await ProxyServer.StartAsync(options.Http, options.Grpc, Routes, timeProvider, loggers, cancellationToken));
        var adminOptions = new AdminOptions
        {
            Host = options.AdminHost,
            Port = options.AdminPort,
            Node = node.Name,
            HttpAddress = Proxy?.HttpAddress,
            GrpcAddress = Proxy?.GrpcAddress,
            HttpOptions = ConfigWriter.Write(options.Http.WithoutSecrets()),
            GrpcOptions = ConfigWriter.Write(options.Grpc),
            Shutdown = () => _shutdown.TrySetResult(),
        };
        var admin = Own(await AdminServer.StartAsync(adminOptions, Controller, new LogReader(new LogFolder(_folder.Path), timeProvider), loggers, cancellationToken)).Address;
        Addresses = new ServerAddresses(Environment.ProcessId, admin, Proxy?.HttpAddress, Proxy?.GrpcAddress);
        _folder.WriteAddresses(Addresses);
    }

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
