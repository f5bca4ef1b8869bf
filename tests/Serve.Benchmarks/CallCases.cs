using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
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
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Benchmarks;

/// <summary>Writes the arguments of a call, a name and an array of floats, and reads them again.</summary>
internal sealed class PayloadCase(string name, int floats) : WatchedCase
{
    private static readonly Type[] Types = [typeof(string), typeof(float[])];

    private readonly JsonTypeInfo?[] _infos = [.. Types.Select(PayloadOptions.Json.GetTypeInfo)];
    private readonly object?[] _arguments = ["name", new float[floats]];
    private readonly byte[] _bytes = new byte[1 << 20];

    public override string Name => name;

    public override bool IsSynchronous => true;

    public override ValueTask RunAsync()
    {
        var length = 0;
        using (var payload = PayloadWriter.Rent())
        {
            payload.AddArguments(_arguments, _infos);
            for (var cursor = 0; payload.TryGetNext(ref cursor, out var piece); length += piece.Length)
                piece.Span.CopyTo(_bytes.AsSpan(length));
        }

        ReadOnlySpan<byte> sent = _bytes.AsSpan(0, length);
        PayloadReader.ReadArguments(ref sent, _infos, new object?[Types.Length]);
        return ValueTask.CompletedTask;
    }
}

internal interface IBenchmarked
{
    Task<float[]> EchoAsync(string name, float[] values, CancellationToken cancellationToken);

    IAsyncEnumerable<int> CountAsync(int count, CancellationToken cancellationToken);
}

[Deployment]
internal sealed class Benchmarked : IBenchmarked
{
    public Task<float[]> EchoAsync(string name, float[] values, CancellationToken cancellationToken) => Task.FromResult(values);

    public async IAsyncEnumerable<int> CountAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            yield return i;
            // As a model that makes one token after the other.
            if (i % 16 == 0)
                await Task.Yield();
        }
    }
}

/// <summary>A call through a handle to a replica in the same process.</summary>
internal sealed class LocalCallCase() : CallCase("local call", floats: 64)
{
    protected override ReplicaEntry Connect(ReplicaRoute route, DeploymentInstance instance) => new LocalReplica(route.Id, instance);
}

/// <summary>A call through a handle over a unix socket; both ends are in this process, so the bytes are those of both.</summary>
internal class RemoteCallCase(string name, int floats) : CallCase(name, floats)
{
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"serve-bench-{Guid.NewGuid():N}.sock");
    private HopServer? _server;

    protected override ReplicaEntry Connect(ReplicaRoute route, DeploymentInstance instance)
    {
        var calls = new CallEndpoint(instance, new RequestObserver(new AccessLog(new LogControl(spec: null), NullLogger<AccessLog>.Instance)), TimeProvider.System, NullLogger<CallEndpoint>.Instance);
        _server = new HopServer(new HopServerSettings
        {
            SocketPath = _socket,
            Gate = new AdmissionGate(1000),
            Calls = calls.AnswerAsync,
            TimeProvider = TimeProvider.System,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        });
        // Listens at once.
        _ = _server.StartAsync(new NoApplication(), CancellationToken.None);
        return new RemoteReplica(route with { Address = _socket });
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.StopAsync(new CancellationToken(canceled: true));
        await base.DisposeAsync();
    }

    /// <summary>Only calls come here.</summary>
    private sealed class NoApplication : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception) => throw new NotSupportedException();
    }
}

/// <summary>A stream of 1,000 small items through a handle over a unix socket.</summary>
internal sealed class RemoteStreamCase() : RemoteCallCase("remote stream 1,000", floats: 1)
{
    private const int Items = 1000;

    public override async ValueTask RunAsync()
    {
        var count = 0;
        await foreach (var item in Remote.CountAsync(Items, CancellationToken.None))
            count++;
        if (count != Items)
            throw new InvalidOperationException($"{count} items came.");
    }
}

/// <summary>A call through a handle, to be compared with others.</summary>
internal abstract class CallCase(string name, int floats) : WatchedCase
{
    private const string Application = "bench";

    private readonly float[] _values = new float[floats];
    private ServiceProvider? _services;

    public override string Name => name;

    protected IBenchmarked Remote { get; private set; } = null!;

    protected abstract ReplicaEntry Connect(ReplicaRoute route, DeploymentInstance instance);

    public override async Task PrepareAsync()
    {
        var type = DeploymentType.Of(typeof(Benchmarked));
        var services = new ServiceCollection();
        DeploymentInstance.Register(services, type, static _ => null!, count: 1);
        _services = services.BuildServiceProvider();
        var instance = new DeploymentInstance(type, _services, index: 0);
        await instance.StartAsync(userConfig: null, static _ => { }, CancellationToken.None);
        var feed = new RouteTableFeed(route => Connect(route, instance), TimeProvider.System);
        feed.Update(new ApplicationRoutes(Application, RoutePrefix: null, Ingress: null, [new DeploymentRoutes(nameof(Benchmarked), 1000, 1000, [new ReplicaRoute("bench#Benchmarked#1-1", Address: "")])]));
        var routes = new HandleRoutes(feed, Application, watch: null, TimeProvider.System);
        Remote = HandleProxy.Create<IBenchmarked>(new HandleInvoker(routes, Application, nameof(Benchmarked), new CallOptions()));
    }

    public override async ValueTask RunAsync() => await Remote.EchoAsync("name", _values, CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        await base.DisposeAsync();
    }
}
