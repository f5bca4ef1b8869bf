using System.Net.WebSockets;
using Serve;

namespace Load;

/// <summary>The ingress: what the load tests send their requests to, and the caller whose calls they measure.</summary>
[Deployment(MaxOngoingRequests = 20_000, NumCpus = 0)]
internal sealed class Front(DeploymentHandle<IBack> back, DeploymentHandle<IRelay> relay) : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/noop", () => "ok");
        endpoints.MapGet("/delay", async (int ms, CancellationToken cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, cancellationToken);
            return "ok";
        });
        endpoints.MapGet("/cancel", (Front front, int run, int port, CancellationToken cancellationToken) => front.WaitAsync(new CancelRun(run, port), cancellationToken));
        endpoints.MapGet("/measure", (Front front, string kind, int size, int callers, double seconds) =>
            ClosedLoop.RunAsync(callers, TimeSpan.FromSeconds(seconds), front.CallOf(kind, size)));
        endpoints.Map("/socket", EchoSocketAsync);
    }

    private async Task WaitAsync(CancelRun run, CancellationToken cancellationToken)
    {
        using var _ = run.Enter("front", cancellationToken);
        await relay.Remote.WaitAsync(run, cancellationToken);
    }

    private Func<int, ValueTask<int>> CallOf(string kind, int size)
    {
        var bytes = new byte[kind == "bytes" ? size : 0];
        var message = Message.OfSize(kind == "record" ? size : 0);
        return kind switch
        {
            "bytes" => async _ => (await back.Remote.EchoBytesAsync(bytes, CancellationToken.None)).Length == bytes.Length ? 1 : throw new InvalidDataException("The bytes changed."),
            "record" => async _ => (await back.Remote.EchoAsync(message, CancellationToken.None)).Id == message.Id ? 1 : throw new InvalidDataException("The record changed."),
            "stream" => _ => CountAsync(back.Remote.StreamAsync(size, CancellationToken.None), size),
            "relayed" => _ => CountAsync(relay.Remote.StreamAsync(size, CancellationToken.None), size),
            _ => throw new ArgumentException($"kind is '{kind}'; it must be bytes, record, stream or relayed.", nameof(kind)),
        };
    }

    private static async ValueTask<int> CountAsync(IAsyncEnumerable<Item> items, int expected)
    {
        var next = 0;
        await foreach (var item in items)
        {
            if (item.Index != next++)
                throw new InvalidDataException($"Item {item.Index} came as number {next - 1}.");
        }

        return next == expected ? next : throw new InvalidDataException($"{next} items came, not {expected}.");
    }

    private static async Task EchoSocketAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, http.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
    }
}
