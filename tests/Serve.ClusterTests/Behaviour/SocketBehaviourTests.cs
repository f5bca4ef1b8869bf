using System.Net.WebSockets;
using System.Security.Cryptography;

namespace Serve.ClusterTests.Behaviour;

/// <summary>WebSockets, beside plain requests in one deployment.</summary>
public abstract class SocketBehaviourTests(ServedProgram program)
{
    [Theory]
    [InlineData(WebSocketMessageType.Text, 5)]
    [InlineData(WebSocketMessageType.Binary, 1)]
    [InlineData(WebSocketMessageType.Binary, 300_000)]
    public async Task Message_OfAnyKind_ComesBackAsItWas(WebSocketMessageType type, int size)
    {
        using var socket = await OpenAsync("socket/echo");
        socket.SubProtocol.ShouldBe("echo.v1");
        var sent = type == WebSocketMessageType.Text ? [.. Enumerable.Repeat((byte)'x', size)] : RandomNumberGenerator.GetBytes(size);
        var sending = socket.SendAsync(sent, type, endOfMessage: true, CancellationToken.None);
        var received = new byte[size];
        var end = 0;
        ValueWebSocketReceiveResult piece;
        do
        {
            piece = await socket.ReceiveAsync(received.AsMemory(end), CancellationToken.None);
            end += piece.Count;
            piece.MessageType.ShouldBe(type);
        }
        while (!piece.EndOfMessage);
        await sending;
        received.ShouldBe(sent);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    [Fact]
    public async Task Close_ByTheClient_TheServerSeesItsCode()
    {
        var key = program.Journal.NewKey();
        using var socket = await OpenAsync($"socket/watch?key={key}");
        await program.Journal.SeenAsync(key, "socket-open");
        await socket.CloseAsync((WebSocketCloseStatus)4000, "enough", CancellationToken.None);
        await program.Journal.SeenAsync(key, "socket-closed-4000");
    }

    [Fact]
    public async Task Close_ByTheServer_TheClientSeesCodeAndWords()
    {
        using var socket = await OpenAsync("socket/close");
        var message = await socket.ReceiveAsync(new byte[1].AsMemory(), CancellationToken.None);
        message.MessageType.ShouldBe(WebSocketMessageType.Close);
        ((int)socket.CloseStatus!.Value, socket.CloseStatusDescription).ShouldBe((4001, "come back later"));
    }

    [Fact]
    public async Task Client_GoesWithoutAWord_TheServerSeesIt()
    {
        var key = program.Journal.NewKey();
        var socket = await OpenAsync($"socket/watch?key={key}");
        await program.Journal.SeenAsync(key, "socket-open");
        socket.Abort();
        socket.Dispose();
        await program.Journal.SeenAsync(key, "socket-lost");
    }

    [Fact]
    public async Task Sockets_ManyAtOnce_LiveBesidePlainRequests()
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OpenAsync("socket/echo")));
        (await program.Http.GetStringAsync("pid")).ShouldNotBeEmpty();
        await Task.WhenAll(sockets.Select(async (socket, index) =>
        {
            await socket.SendAsync(new[] { (byte)index }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            var back = new byte[1];
            (await socket.ReceiveAsync(back.AsMemory(), CancellationToken.None)).Count.ShouldBe(1);
            back[0].ShouldBe((byte)index);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            socket.Dispose();
        }));
    }

    private async Task<ClientWebSocket> OpenAsync(string path)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("echo.v1");
        using var patience = new CancellationTokenSource(Testing.Eventually.Patience);
        await socket.ConnectAsync(new Uri(new UriBuilder(program.Http.BaseAddress!) { Scheme = "ws" }.Uri, path), patience.Token);
        return socket;
    }
}

[Collection(ProxiedProgram.Collection)]
public sealed class ProxiedSocketBehaviourTests(ProxiedProgram program) : SocketBehaviourTests(program);

[Collection(EmbeddedProgram.Collection)]
public sealed class EmbeddedSocketBehaviourTests(EmbeddedProgram program) : SocketBehaviourTests(program);
