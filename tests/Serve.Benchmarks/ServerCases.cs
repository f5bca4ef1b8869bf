using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Serve.Replica.Server;
using Serve.Routing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Benchmarks;

/// <summary>A request to a worker's web server over the hop; both ends are in this process, so the bytes are those of both.</summary>
internal abstract class ServerCase(string name) : WatchedCase, IHopClientEvents
{
    private readonly string _socket = Path.Combine(Path.GetTempPath(), $"serve-bench-{Guid.NewGuid():N}.sock");
    private WebApplication? _app;
    private HopClient? _client;

    public override string Name => name;

    protected virtual ReadOnlyMemory<byte> Body => default;

    private byte[] Head { get; set; } = [];

    public override async Task PrepareAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddSingleton<IServer>(new HopServer(new HopServerSettings
        {
            SocketPath = _socket,
            Gate = new AdmissionGate(1000),
            Calls = static _ => Task.CompletedTask,
            TimeProvider = TimeProvider.System,
            Log = new HopServerLog(NullLogger<HopServer>.Instance),
        }));
        _app = builder.Build();
        Map(_app);
        await _app.StartAsync();
        _client = new HopClient(_socket, this);
        using var writer = HeadWriter.Rent();
        new HttpRequestHead
        {
            Method = Body.IsEmpty ? "GET" : "POST",
            Scheme = "http",
            Protocol = "HTTP/1.1",
            Authority = "localhost:8000",
            Target = "/items/7?full=1",
            RequestId = "2c4f1d4e-3f3b-4a38-8d38-bb1d0f6b4c11",
            ClientAddress = "127.0.0.1",
            ClientPort = 50_000,
            RemainingMilliseconds = 60_000,
        }.Write(writer);
        writer.WriteHeader("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)");
        writer.WriteHeader("Accept", "*/*");
        writer.WriteHeader("Accept-Encoding", "gzip, deflate, br");
        writer.WriteHeader("Authorization", "Bearer 0123456789abcdef0123456789abcdef");
        if (!Body.IsEmpty)
        {
            writer.WriteHeader("Content-Type", "application/json");
            writer.WriteHeader("Content-Length", $"{Body.Length}");
        }

        Head = writer.WrittenMemory.ToArray();
    }

    public override async ValueTask RunAsync()
    {
        await using var stream = await _client!.OpenAsync(HopKind.Http, Head, Body, isComplete: true, CancellationToken.None);
        if (await stream.WaitAnswerAsync(CancellationToken.None) != HopAnswer.Answered)
            throw new InvalidOperationException("The request was not answered.");
        if (stream.IsInlineComplete)
            return;
        while (true)
        {
            var read = await stream.Input.ReadAsync();
            stream.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }

    void IHopClientEvents.OnLoad(int ongoing)
    {
    }

    void IHopClientEvents.OnFree()
    {
    }

    void IHopClientEvents.OnNotice(byte kind, ReadOnlySpan<byte> blob)
    {
    }

    void IHopClientEvents.OnDraining()
    {
    }

    void IHopClientEvents.OnLost()
    {
    }

    protected abstract void Map(WebApplication app);
}

/// <summary>The least that a server can do: no routing, a body of two bytes.</summary>
internal sealed class PlainServerCase() : ServerCase("worker plain")
{
    private static readonly byte[] Answer = "ok"u8.ToArray();

    protected override void Map(WebApplication app) => app.Run(static context =>
    {
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = Answer.Length;
        return context.Response.Body.WriteAsync(Answer).AsTask();
    });
}

/// <summary>An endpoint that answers with a text.</summary>
internal sealed class TextServerCase() : ServerCase("worker text")
{
    protected override void Map(WebApplication app) => app.MapGet("/items/{id}", static () => "ok");
}

/// <summary>An endpoint that takes JSON and answers with JSON.</summary>
internal sealed class JsonServerCase() : ServerCase("worker json")
{
    private static readonly byte[] Json = "{\"x\":1,\"y\":2}"u8.ToArray();

    protected override ReadOnlyMemory<byte> Body => Json;

    protected override void Map(WebApplication app) => app.MapPost("/items/{id}", static (Point point) => point);

    internal sealed record Point(int X, int Y);
}
