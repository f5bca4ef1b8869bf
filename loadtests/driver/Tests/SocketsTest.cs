using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;

namespace Load.Tests;

/// <summary>Many WebSockets that send a message and wait for its echo, over and over, all at the same time.</summary>
internal static class SocketsTest
{
    private const int AtOnce = 64;
    private const int MessageBytes = 128;

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var before = ProcessMemory.ReadMiB(options.ProcessIds);
        var url = new UriBuilder(options.Url) { Scheme = "ws" }.Uri;
        var sockets = Enumerable.Range(0, options.Number("connections", 2000)).Select(_ => new ClientWebSocket()).ToArray();
        var errors = new ErrorCounter();
        await Parallel.ForEachAsync(sockets, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (socket, cancellationToken) =>
            await errors.CatchAsync(() => socket.ConnectAsync(url, cancellationToken)));
        var open = sockets.Count(socket => socket.State == WebSocketState.Open);
        var duration = options.Seconds("seconds", 10);
        var start = Stopwatch.GetTimestamp();
        var latencies = new LatencyHistogram();
        foreach (var part in await Task.WhenAll(sockets.Where(socket => socket.State == WebSocketState.Open).Select(socket => Task.Run(() => EchoAsync(socket, start, duration, errors)))))
            latencies.Add(part);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var atEnd = ProcessMemory.ReadMiB(options.ProcessIds);
        await Parallel.ForEachAsync(sockets, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (socket, cancellationToken) =>
            await errors.CatchAsync(() => socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken)));
        foreach (var socket in sockets)
            socket.Dispose();
        return new
        {
            Sockets = sockets.Length,
            OpenAtOnce = open,
            EchoesPerSecond = Math.Round(latencies.Count / elapsed.TotalSeconds),
            P50Ms = latencies.Milliseconds(0.5),
            P99Ms = latencies.Milliseconds(0.99),
            RssMibBefore = before,
            RssMibAtEnd = atEnd,
            Errors = errors.Count,
            FirstError = errors.First,
        };
    }

    private static async Task<LatencyHistogram> EchoAsync(ClientWebSocket socket, long start, TimeSpan duration, ErrorCounter errors)
    {
        var latencies = new LatencyHistogram();
        var sent = RandomNumberGenerator.GetBytes(MessageBytes);
        var received = new byte[MessageBytes + 1];
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            var begin = Stopwatch.GetTimestamp();
            if (!await errors.CatchAsync(() => EchoOnceAsync(socket, sent, received)))
                break;
            latencies.Add(Stopwatch.GetElapsedTime(begin));
        }

        return latencies;
    }

    private static async Task EchoOnceAsync(ClientWebSocket socket, byte[] sent, byte[] received)
    {
        await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        var filled = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(received.AsMemory(filled), CancellationToken.None);
            filled += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
                throw new IOException("The server closed the WebSocket.");
            if (result.EndOfMessage)
                break;
        }

        if (!received.AsSpan(0, filled).SequenceEqual(sent))
            throw new IOException("The echo is not what was sent.");
    }
}
