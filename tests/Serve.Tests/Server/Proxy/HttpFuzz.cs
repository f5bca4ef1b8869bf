using System.Text;

namespace Serve.Tests.Server.Proxy;

/// <summary>Makes requests that are nearly right, as bytes in the pieces in which they are sent.</summary>
internal static class HttpFuzz
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "OPTIONS", "CONNECT", "TRACE", "PRI", "", "G\0T", "get"];

    private static readonly string[] Targets = ["/", "/a/../b", "/%2e%2e/%2e%2e/etc", "/%", "/%zz", "//", "*", "http://a/b", "/\u00e9", "/a?b#c", "/-/routes", "a:443", "/?" + new string('q', 9000)];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 ", "", "HTTP/1.a"];

    private static readonly string[] Headers =
    [
        "Host: a", "Host: a\r\nHost: b", "Host:", "Content-Length: 5", "Content-Length: 99999999999999999999", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding : chunked", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13", "Connection: Upgrade\r\nUpgrade: h2c",
        "Expect: 100-continue", "x-serve-call: spoof", "x-request-timeout-seconds: 1e400", "x-request-timeout-seconds: 0.000001", "grpc-timeout: 99999999H", "Content-Type: application/grpc", "x-request-disconnect-disabled: ?1",
        "X-Folded: a\r\n b", "X-Empty:", ": no name", "X-Nul: a\0b", "X-High: \u00ff\u00fe", "X-Long: " + new string('h', 40_000), "TE: trailers", "Trailer: X-Late", "x-request-id: \u00e9",
    ];

    private static readonly string[] Bodies =
        ["", "hello", "5\r\nhello\r\n0\r\n\r\n", "5\r\nhel", "zz\r\n", "FFFFFFFF\r\n", "5;ext=" + new string('e', 5000) + "\r\nhello\r\n0\r\n\r\n", "0\r\nX-Late: 1\r\n\r\n", "5\nhello\n0\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"];

    public static IReadOnlyList<byte[]> Next(Random random)
    {
        var text = new StringBuilder($"{Pick(random, Methods)} {Pick(random, Targets)} {Pick(random, Versions)}\r\n");
        if (random.Next(4) > 0)
            text.Append("Host: a\r\n");
        for (var i = random.Next(4); i > 0; i--)
            text.Append(Pick(random, Headers)).Append("\r\n");
        if (random.Next(50) == 0)
            text.Insert(text.Length, string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: {i}\r\n")));
        text.Append("\r\n").Append(Pick(random, Bodies));
        var bytes = Encoding.Latin1.GetBytes(text.ToString());
        Mutate(bytes, random);
        if (random.Next(10) == 0)
            bytes = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. bytes];
        return Cut(bytes, random);
    }

    private static void Mutate(byte[] bytes, Random random)
    {
        if (bytes.Length == 0 || random.Next(2) == 0)
            return;
        for (var i = random.Next(1, 5); i > 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
    }

    /// <summary>All of it or only its beginning, at once or in pieces.</summary>
    private static List<byte[]> Cut(byte[] bytes, Random random)
    {
        var end = random.Next(3) == 0 ? random.Next(bytes.Length + 1) : bytes.Length;
        var pieces = new List<byte[]>();
        for (var start = 0; start < end;)
        {
            var length = random.Next(3) == 0 ? Math.Min(random.Next(1, 200), end - start) : end - start;
            pieces.Add(bytes[start..(start + length)]);
            start += length;
        }

        return pieces;
    }

    private static string Pick(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
