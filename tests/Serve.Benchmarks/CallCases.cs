using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Discovery;
using Serve.Embedded;
using Serve.Handles;
using Serve.Replica;
using Serve.Routing;
using Serve.Telemetry;
using Serve.Telemetry.Logs;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Benchmarks;

/// <summary>Writes the arguments of a call, a name and an array of floats, and reads them again.</summary>
internal sealed class PayloadCase(string name, int floats) : WatchedCase
{
    private static readonly Type[] Types = [typeof(string), typeof(float[])];

    private readonly object?[] _arguments = ["name", new float[floats]];
    private readonly MemoryStream _stream = new();

    public override string Name => name;

    public override async ValueTask RunAsync()
    {
        _stream.SetLength(0);
        using (var payload = Payload.OfArguments(_arguments, Types))
            await payload.WriteToAsync(_stream, kind: null, CancellationToken.None);
        _stream.Position = 0;
        await PayloadReader.ReadArgumentsAsync(_stream, Types, CancellationToken.None);
    }
}

internal interface IBenchmarked
{
    Task<float[]> EchoAsync(string name, float[] values, CancellationToken cancellationToken);
}

[Deployment]
internal sealed class Benchmarked : IBenchmarked
{
    public Task<float[]> EchoAsync(string name, float[] values, CancellationToken cancellationToken) => Task.FromResult(values);
}

/// <summary>A call through a handle to a replica in the same process.</summary>
internal sealed class LocalCallCase : WatchedCase
{
    private readonly float[] _values = new float[64];
    private readonly ServiceProvider _services;
    private IBenchmarked _remote = null!;

    public LocalCallCase()
    {
        var services = new ServiceCollection();
        DeploymentInstance.Register(services, DeploymentType.Of(typeof(Benchmarked)), static _ => null!, count: 1);
        _services = services.BuildServiceProvider();
    }

    public override string Name => "local call";

    public override async Task PrepareAsync()
    {
        var instance = new DeploymentInstance(DeploymentType.Of(typeof(Benchmarked)), _services, index: 0);
        await instance.StartAsync(userConfig: null, static _ => { }, CancellationToken.None);
        var routes = new RouteTableFeed(route => new LocalReplica(new ReplicaContext("bench", nameof(Benchmarked), route.Id, IsEmbedded: true), limit: 1000, instance), TimeProvider.System);
        routes.Update(CallRoutes.To(""));
        _remote = HandleProxy.Create<IBenchmarked>(CallRoutes.Invoker(routes));
    }

    public override async ValueTask RunAsync() => await _remote.EchoAsync("name", _values, CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>A call through a handle over a unix socket; both ends are in this process, so the bytes are those of both.</summary>
internal sealed class RemoteCallCase(string name, int floats) : WatchedCase
{
    private readonly float[] _values = new float[floats];
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"serve-bench-{Guid.NewGuid():N}.sock");
    private WebApplication? _app;
    private IBenchmarked _remote = null!;

    public override string Name => name;

    public override async Task PrepareAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(_socket + Serve.Wire.RemoteReplica.Http2Suffix, listen => listen.Protocols = HttpProtocols.Http2));
        var type = DeploymentType.Of(typeof(Benchmarked));
        DeploymentInstance.Register(builder.Services, type, static _ => null!, count: 1);
        _app = builder.Build();
        var instance = new DeploymentInstance(type, _app.Services, index: 0);
        await instance.StartAsync(userConfig: null, static _ => { }, CancellationToken.None);
        var gate = new RequestGate(
            new AdmissionGate(1000),
            new CallEndpoint(instance, NullLogger<CallEndpoint>.Instance),
            new RequestRunner(NullLogger<RequestRunner>.Instance),
            new ReplicaMeter(new ReplicaScope(new ReplicaContext("bench", nameof(Benchmarked), "bench#Benchmarked#1-1", IsEmbedded: false)), static () => 0, static () => 1000),
            new RequestObserver(new AccessLog(new LogControl(spec: null), NullLogger<AccessLog>.Instance), TimeProvider.System),
            TimeProvider.System);
        _app.Run(context => gate.InvokeAsync(context, static _ => Task.CompletedTask));
        await _app.StartAsync();
        var routes = new RouteTableFeed(static route => new RemoteReplica(route), TimeProvider.System);
        routes.Update(CallRoutes.To(_socket));
        _remote = HandleProxy.Create<IBenchmarked>(CallRoutes.Invoker(routes));
    }

    public override async ValueTask RunAsync() => await _remote.EchoAsync("name", _values, CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        File.Delete(_socket);
        await base.DisposeAsync();
    }
}

internal static class CallRoutes
{
    private const string Application = "bench";

    public static ApplicationRoutes To(string address) =>
        new(Application, RoutePrefix: null, Ingress: null, [new DeploymentRoutes(nameof(Benchmarked), 1000, 1000, [new ReplicaRoute("bench#Benchmarked#1-1", address)])]);

    public static HandleInvoker Invoker(RouteTableFeed routes) => new(routes, Application, nameof(Benchmarked), new CallOptions(), TimeProvider.System);
}
