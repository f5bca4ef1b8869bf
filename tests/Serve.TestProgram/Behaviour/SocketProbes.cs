using System.Net.WebSockets;

namespace Serve.TestProgram.Behaviour;

/// <summary>WebSockets that echo, that close, and that see the client go.</summary>
internal static class SocketProbes
{
    private const int BufferSize = 64 * 1024;

    public static async Task EchoAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync("echo.v1");
        var buffer = new byte[BufferSize];
        while (await socket.ReceiveAsync(buffer.AsMemory(), http.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, http.RequestAborted);
        await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, http.RequestAborted);
    }

    /// <summary>The server says goodbye first.</summary>
    public static async Task CloseAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        await socket.CloseAsync((WebSocketCloseStatus)4001, "come back later", http.RequestAborted);
    }

    /// <summary>Tells in the journal how the client went.</summary>
    public static async Task WatchAsync(HttpContext http)
    {
        var journal = http.RequestServices.GetRequiredService<Journal>();
        var key = http.Request.Query["key"].ToString();
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        journal.Write(key, "socket-open");
        try
        {
            var message = await socket.ReceiveAsync(new byte[1].AsMemory(), http.RequestAborted);
            journal.Write(key, message.MessageType == WebSocketMessageType.Close ? $"socket-closed-{(int)socket.CloseStatus!}" : "socket-message");
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException)
        {
            journal.Write(key, "socket-lost");
        }
    }
}
