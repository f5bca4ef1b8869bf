using System.Diagnostics;

namespace Load.Tests;

/// <summary>Broken and malicious HTTP from many connections, beside good requests which must not notice it. The server must keep its memory.</summary>
internal static class HostileTest
{
    private const int ConnectionsOfEach = 4;
    private const int SlowConnectionsOfEach = 200;
    private const double GoodPerSecond = 100;

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var duration = options.Seconds("seconds", 20);
        await Task.WhenAll(HostileInput.All.Select(input => input.PlayAsync(options, TimeSpan.FromSeconds(1)))); // warm-up
        var before = ProcessMemory.ReadMiB(options.ProcessIds);
        var good = new LatencyHistogram();
        var failures = new SortedDictionary<int, int>();
        using var loop = new OpenLoop(options, [options.Request()], mostConnections: 100, outcome =>
        {
            lock (good)
            {
                good.Add(outcome.Latency);
                if (outcome.Status != 200)
                    failures[outcome.Status] = failures.GetValueOrDefault(outcome.Status) + 1;
            }
        });
        var start = Stopwatch.GetTimestamp();
        var running = loop.RunAsync(GoodPerSecond, duration, 1);
        var played = await Task.WhenAll(HostileInput.All.SelectMany(input => Enumerable.Range(0, input.Manner == HostileManner.Drip ? SlowConnectionsOfEach : ConnectionsOfEach).Select(_ => input.PlayAsync(options, duration))));
        await running;
        var elapsed = Stopwatch.GetElapsedTime(start);
        var after = ProcessMemory.ReadMiB(options.ProcessIds);
        return new
        {
            Seconds = Math.Round(elapsed.TotalSeconds, 1),
            Good = good.Count,
            Errors = failures.Values.Sum(),
            FailuresByStatus = failures,
            GoodP50Ms = good.Milliseconds(0.5),
            GoodP99Ms = good.Milliseconds(0.99),
            RssMibBefore = before,
            RssMibAfter = after,
            Inputs = played.GroupBy(result => result.Name, StringComparer.Ordinal).Select(group => new
            {
                Name = group.Key,
                Times = group.Sum(result => result.Times),
                Answers = group.SelectMany(result => result.Answers).GroupBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => pair.Sum(answer => answer.Value), StringComparer.Ordinal),
            }),
        };
    }
}
