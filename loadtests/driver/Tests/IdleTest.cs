using System.Diagnostics;

namespace Load.Tests;

/// <summary>Very many kept-alive connections of which only a few have a request at any time; all must be alive at the end.</summary>
internal static class IdleTest
{
    private const int AtOnce = 64;

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var before = ProcessMemory.ReadMiB(options.ProcessIds);
        var request = options.Request();
        var connections = Enumerable.Range(0, options.Number("connections", 10_000)).Select(_ => new HttpConnection(options.Server)).ToArray();
        var errors = new ErrorCounter();
        var start = Stopwatch.GetTimestamp();
        await ForEachAsync(connections, errors, async connection =>
        {
            await connection.ConnectAsync();
            await CheckAsync(connection, request);
        });
        var connectSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var afterConnect = ProcessMemory.ReadMiB(options.ProcessIds);
        var trickle = await TrickleAsync(connections, request, options.Number("rate", 200), options.Seconds("seconds", 15), errors);
        var atEnd = ProcessMemory.ReadMiB(options.ProcessIds);
        await ForEachAsync(connections, errors, connection => CheckAsync(connection, request));
        foreach (var connection in connections)
            connection.Dispose();
        return new
        {
            Connections = connections.Length,
            ConnectSeconds = Math.Round(connectSeconds, 2),
            TrickleRequests = trickle.Count,
            TrickleP50Ms = trickle.Milliseconds(0.5),
            TrickleP99Ms = trickle.Milliseconds(0.99),
            RssMibBefore = before,
            RssMibConnected = afterConnect,
            RssMibAtEnd = atEnd,
            Errors = errors.Count,
            FirstError = errors.First,
        };
    }

    /// <summary>Requests at a constant rate, one connection after the other, so that each is used at most once in a while.</summary>
    private static async Task<LatencyHistogram> TrickleAsync(HttpConnection[] connections, byte[] request, int rate, TimeSpan duration, ErrorCounter errors)
    {
        var latencies = new LatencyHistogram();
        var count = (int)(rate * duration.TotalSeconds);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = start + (long)(i * (double)Stopwatch.Frequency / rate);
            await Task.Run(() => ArrivalClock.WaitUntil(due));
            await errors.CatchAsync(() => CheckAsync(connections[i % connections.Length], request));
            latencies.Add(Stopwatch.GetElapsedTime(due));
        }

        return latencies;
    }

    private static Task ForEachAsync(HttpConnection[] connections, ErrorCounter errors, Func<HttpConnection, Task> action) =>
        Parallel.ForEachAsync(connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (connection, _) => await errors.CatchAsync(() => action(connection)));

    private static async Task CheckAsync(HttpConnection connection, byte[] request)
    {
        if (await connection.RequestAsync(request) is var status and not 200)
            throw new IOException($"The answer was {status}.");
    }
}
