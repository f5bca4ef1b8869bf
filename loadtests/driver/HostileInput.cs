using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>What came of one kind of hostile input.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Times">How often it was sent.</param>
/// <param name="Answers">How often the server answered with which status; <c>closed</c> where it only closed the connection, <c>left</c> where the client went first.</param>
internal sealed record HostileResult(string Name, int Times, IReadOnlyDictionary<string, int> Answers);

/// <summary>One kind of hostile input, played over and over on new connections.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Text">The bytes; <c>{host}</c> is filled in.</param>
/// <param name="Manner">How they are sent.</param>
internal sealed record HostileInput(string Name, string Text, HostileManner Manner = HostileManner.AtOnce)
{
    private const string Get = "GET /noop HTTP/1.1\r\nHost: {host}\r\n";
    private const string Post = "POST /noop HTTP/1.1\r\nHost: {host}\r\n";

    private static readonly TimeSpan DripInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<HostileInput> All { get; } =
    [
        new("bad chunk size", Post + "Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n"),
        new("endless chunk size", Post + "Transfer-Encoding: chunked\r\n\r\n" + new string('F', 4096)),
        new("chunk without its end", Post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n"),
        new("length and chunks", Post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        new("two lengths", Post + "Content-Length: 4\r\nContent-Length: 40\r\n\r\nabcd"),
        new("negative length", Post + "Content-Length: -1\r\n\r\n"),
        new("huge length", Post + "Content-Length: 99999999999999999999\r\n\r\n"),
        new("unknown coding", Post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        new("huge header", Get + "x-huge: " + new string('a', 64 * 1024) + "\r\n\r\n"),
        new("many headers", Get + string.Concat(Enumerable.Range(0, 2000).Select(i => $"x-header-{i}: {i}\r\n")) + "\r\n"),
        new("huge target", "GET /" + new string('a', 64 * 1024) + " HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        new("carriage return in a value", Get + "x-split: a\rx-injected: b\r\n\r\n"),
        new("zero in a name", Get + "x-\0zero: a\r\n\r\n"),
        new("space before the colon", Get + "Content-Length : 4\r\n\r\nabcd"),
        new("no host", "GET /noop HTTP/1.1\r\n\r\n"),
        new("two hosts", Get + "Host: other\r\n\r\n"),
        new("not HTTP", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001ü\u0003\u0003\r\n\r\n"),
        new("early close of the head", Get + "x-part", HostileManner.Leave),
        new("early close of the body", Post + "Content-Length: 1000000\r\n\r\nabc", HostileManner.Leave),
        new("early close before the answer", Get + "\r\n", HostileManner.Leave),
        new("slow head", Get + "x-slow: " + new string('a', 4096) + "\r\n\r\n", HostileManner.Drip),
        new("slow body", Post + "Content-Length: 4096\r\n\r\n" + new string('a', 4096), HostileManner.Drip),
    ];

    public async Task<HostileResult> PlayAsync(DriverOptions options, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var bytes = Encoding.Latin1.GetBytes(Text.Replace("{host}", options.Url.Authority, StringComparison.Ordinal));
        var answers = new Dictionary<string, int>(StringComparer.Ordinal);
        var times = 0;
        for (; Stopwatch.GetElapsedTime(start) < duration; times++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var answer = await PlayOnceAsync(socket, options, bytes, duration - Stopwatch.GetElapsedTime(start));
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }

        return new HostileResult(Name, times, answers);
    }

    private async Task<string> PlayOnceAsync(Socket socket, DriverOptions options, byte[] bytes, TimeSpan left)
    {
        using var patience = new CancellationTokenSource(Manner == HostileManner.Drip ? left : AnswerPatience, TimeProvider.System);
        try
        {
            await socket.ConnectAsync(options.Server, patience.Token);
            if (Manner == HostileManner.Drip)
                await DripAsync(socket, bytes, patience.Token);
            else
                await socket.SendAsync(bytes, patience.Token);
            if (Manner == HostileManner.Leave)
                return "left";
            var buffer = new byte[512];
            var count = await socket.ReceiveAsync(buffer, patience.Token);
            return count == 0 ? "closed" : Encoding.Latin1.GetString(buffer, 0, count).Split(' ', 3) is ["HTTP/1.1", var status, ..] ? status : "other";
        }
        catch (SocketException)
        {
            return "closed";
        }
        catch (OperationCanceledException)
        {
            return Manner == HostileManner.Drip ? "left" : "no answer";
        }
    }

    /// <summary>A byte now and then: as many connections as one likes can be held open like that, unless the server minds.</summary>
    private static async Task DripAsync(Socket socket, byte[] bytes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            await socket.SendAsync(bytes.AsMemory(i, 1), cancellationToken);
            await Task.Delay(DripInterval, TimeProvider.System, cancellationToken);
        }
    }
}

internal enum HostileManner
{
    /// <summary>All at once; then the answer is awaited.</summary>
    AtOnce,

    /// <summary>All at once; then the client closes the connection.</summary>
    Leave,

    /// <summary>Byte by byte.</summary>
    Drip,
}
