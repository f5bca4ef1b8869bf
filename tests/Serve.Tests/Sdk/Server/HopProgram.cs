using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Testing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Tests.Sdk.Server;

/// <summary>A worker's web server with endpoints of a test behind a real unix socket, and a client of the hop before it.</summary>
internal sealed class HopProgram : IHopClientEvents, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    private HopProgram(Func<AdmittedCall, Task> calls, int limit, long maxBody)
    {
        Gate = new AdmissionGate(limit);
        var socket = _folder.File("worker.sock");
        var server = new HopServer(new HopServerSettings
        {
            SocketPath = socket,
            Gate = Gate,
            Calls = calls,
            MaxRequestBodySize = maxBody,
            TimeProvider = TimeProvider.System,
            Log = new HopServerLog(new Logger<HopServer>(Log)),
        });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(Log);
        builder.Services.AddLogging();
        builder.Services.AddRouting();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<Disposable>();
        builder.Services.AddSingleton<IServer>(server);
        _app = builder.Build();
        Client = new HopClient(socket, this);
    }

    public AdmissionGate Gate { get; }

    public TestLog Log { get; } = new();

    public HopClient Client { get; }

    public int FreeCount { get; private set; }

    public int SeenLoad { get; private set; } = -1;

    public bool IsDraining { get; private set; }

    public IServiceProvider Services => _app.Services;

    public static async Task<HopProgram> StartAsync(Action<WebApplication> map, Func<AdmittedCall, Task>? calls = null, int limit = 100, long maxBody = 100_000_000)
    {
        var program = new HopProgram(calls ?? (static _ => Task.CompletedTask), limit, maxBody);
        map(program._app);
        await program._app.StartAsync();
        return program;
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    /// <summary>Begins a request.</summary>
    public async Task<HopExchange> OpenAsync(HttpRequestHead head, IEnumerable<(string Name, string Value)>? headers = null, ReadOnlyMemory<byte> body = default, bool isComplete = true)
    {
        ReadOnlyMemory<byte> bytes;
        using (var writer = HeadWriter.Rent())
        {
            head.Write(writer);
            foreach (var (name, value) in headers ?? [])
                writer.WriteHeader(name, value);
            bytes = writer.WrittenMemory.ToArray();
        }

        return new HopExchange(await Client.OpenAsync(HopKind.Http, bytes, body, isComplete, CancellationToken.None));
    }

    /// <summary>Sends a request whole and reads the answer.</summary>
    public async Task<HopReply> SendAsync(string method, string target, IEnumerable<(string Name, string Value)>? headers = null, ReadOnlyMemory<byte> body = default, string protocol = "HTTP/1.1")
    {
        await using var exchange = await OpenAsync(HeadOf(method, target) with { Protocol = protocol }, headers, body);
        return await exchange.ReadReplyAsync();
    }

    public Task<HopReply> GetAsync(string target, params (string Name, string Value)[] headers) => SendAsync("GET", target, headers);

    public static HttpRequestHead HeadOf(string method, string target) => new()
    {
        Method = method,
        Target = target,
        Scheme = "http",
        Protocol = "HTTP/1.1",
        Authority = "shop.test",
        RequestId = "request-1",
    };

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    void IHopClientEvents.OnLoad(int ongoing) => SeenLoad = ongoing;

    void IHopClientEvents.OnFree() => FreeCount++;

    void IHopClientEvents.OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
    }

    void IHopClientEvents.OnDraining() => IsDraining = true;

    void IHopClientEvents.OnLost()
    {
    }

    /// <summary>A service of one request.</summary>
    internal sealed class Disposable : IDisposable
    {
        public static int Count;

        public void Dispose() => Interlocked.Increment(ref Count);
    }
}
