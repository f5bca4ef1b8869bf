using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load.Tests;

/// <summary>
/// Closes the socket of a request that waits three processes deep, and measures until each of the three methods has seen its token. The methods
/// say by datagrams when they began and when they saw it: <c>17 relay cancelled 81236123</c>.
/// </summary>
internal static class CancelTest
{
    private static readonly string[] Methods = ["front", "relay", "back"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<object> RunAsync(DriverOptions options)
    {
        using var reports = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        reports.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)reports.LocalEndPoint!).Port;
        var times = Methods.ToDictionary(method => method, _ => new List<double>(), StringComparer.Ordinal);
        var last = new List<double>();
        var missed = 0;
        var runs = options.Number("runs", 100);
        for (var run = -10; run < runs; run++) // those below 0 warm up
        {
            var seen = await RunOnceAsync(options, reports, run, port);
            missed += seen is null ? 1 : 0;
            if (seen is null || run < 0)
                continue;
            foreach (var method in Methods)
                times[method].Add(seen[method]);
            last.Add(seen.Values.Max());
        }

        return new
        {
            Runs = runs,
            Missed = missed,
            AllThree = Summary(last),
            Front = Summary(times["front"]),
            Relay = Summary(times["relay"]),
            Back = Summary(times["back"]),
        };
    }

    private static object Summary(List<double> milliseconds)
    {
        milliseconds.Sort();
        return new
        {
            P50Ms = milliseconds.Count == 0 ? 0 : Math.Round(milliseconds[milliseconds.Count / 2], 3),
            MaxMs = milliseconds.Count == 0 ? 0 : Math.Round(milliseconds[^1], 3),
        };
    }

    /// <returns>The milliseconds of each method, or null where one of them never began or never saw its token.</returns>
    private static async Task<Dictionary<string, double>?> RunOnceAsync(DriverOptions options, Socket reports, int run, int port)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            long closed;
            using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                await client.ConnectAsync(options.Server, patience.Token);
                await client.SendAsync(options.Request($"{options.Url.AbsolutePath}?run={run}&port={port}", ""), patience.Token);
                _ = await CollectAsync(reports, run, "began", patience.Token);
                closed = Stopwatch.GetTimestamp();
            }

            var seen = await CollectAsync(reports, run, "cancelled", patience.Token);
            return seen.ToDictionary(pair => pair.Key, pair => Stopwatch.GetElapsedTime(closed, pair.Value).TotalMilliseconds, StringComparer.Ordinal);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<Dictionary<string, long>> CollectAsync(Socket reports, int run, string what, CancellationToken cancellationToken)
    {
        var buffer = new byte[256];
        var collected = new Dictionary<string, long>(StringComparer.Ordinal);
        while (collected.Count < Methods.Length)
        {
            var count = await reports.ReceiveAsync(buffer, cancellationToken);
            var words = Encoding.UTF8.GetString(buffer, 0, count).Split(' ');
            if (words is [var number, var method, var kind, var timestamp] && kind == what && int.Parse(number, CultureInfo.InvariantCulture) == run)
                collected[method] = long.Parse(timestamp, CultureInfo.InvariantCulture);
        }

        return collected;
    }
}
