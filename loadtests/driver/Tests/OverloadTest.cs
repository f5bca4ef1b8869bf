namespace Load.Tests;

/// <summary>
/// Three times as many requests as a deployment can serve, for a minute, whether or not it answers. What it can serve is measured first, and how
/// fast it answers again after the load has ended is measured last. Needs a deployment whose time is spent waiting, so that the client on the
/// same machine takes nothing away.
/// </summary>
internal static class OverloadTest
{
    private const int MostConnections = 4000;
    private const double ProbesPerSecond = 50;

    /// <summary>Urgent, usual, whenever: the priority of each kind of request and its part of all. The urgent ones alone are 0.6 of what can be served.</summary>
    private static readonly (string Name, string Header, double Share)[] Priorities =
    [
        ("u=0", "priority: u=0\r\n", 0.2),
        ("u=3", "", 0.4),
        ("u=6", "priority: u=6\r\n", 0.4),
    ];

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var duration = options.Seconds("seconds", 60);
        var kinds = bool.Parse(options.Text("priorities", "false")) ? Priorities : [("u=3", "", 1)];
        var peak = await PeakLoad.MeasureAsync(options, options.Number("slots", 20) * 3 / 2, options.Seconds("peak-seconds", 5));
        var unloaded = await ProbeAsync(options, TimeSpan.FromSeconds(2));
        var offered = peak.Rate * options.Number("factor", 3);
        await Console.Error.WriteLineAsync($"peak {peak.Rate}/s; now {offered:0}/s");

        var record = new OverloadRecord(options.ProcessIds, kinds.Length);
        TimeSpan draining;
        using (var loop = new OpenLoop(options, [.. kinds.Select(kind => options.Request(kind.Header))], MostConnections, record.Add))
        {
            using var sampling = record.SampleMemory(() => loop.Elapsed);
            await loop.RunAsync(offered, duration, [.. kinds.Select(kind => kind.Share)]);
            draining = loop.Elapsed - duration;
        }

        var after = await ProbeAsync(options, TimeSpan.FromSeconds(3));
        var usual = unloaded.Max(outcome => outcome.Latency);
        return new
        {
            PeakPerSecond = peak.Rate,
            OfferedPerSecond = Math.Round(offered),
            Seconds = duration.TotalSeconds,
            UnloadedP50Ms = Math.Round(unloaded.Select(outcome => outcome.Latency).Order().ElementAt(unloaded.Count / 2).TotalMilliseconds, 2),
            UnloadedMaxMs = Math.Round(usual.TotalMilliseconds, 2),
            GoodputOfPeak = Math.Round(record.GoodPerSecond(duration) / peak.Rate, 3),
            RecoverySeconds = RecoveryOf(after, usual) is { } recovery ? Math.Round((draining + recovery).TotalSeconds, 3) : -1,
            Total = record.Summary(),
            Priorities = kinds.Select((kind, index) => record.Summary(kind.Name, index)),
            Timeline = record.Timeline(),
        };
    }

    /// <summary>Single requests at a low rate.</summary>
    private static async Task<List<Outcome>> ProbeAsync(DriverOptions options, TimeSpan duration)
    {
        var outcomes = new List<Outcome>();
        using var loop = new OpenLoop(options, [options.Request()], MostConnections, outcome =>
        {
            lock (outcomes)
                outcomes.Add(outcome);
        });
        await loop.RunAsync(ProbesPerSecond, duration, 1);
        return [.. outcomes.OrderBy(outcome => outcome.At)];
    }

    /// <summary>When the first request was due from which on all were answered as well as before, give or take half; null where the last was not.</summary>
    private static TimeSpan? RecoveryOf(List<Outcome> outcomes, TimeSpan usual)
    {
        var bad = outcomes.FindLastIndex(outcome => outcome.Status != 200 || outcome.Latency > 1.5 * usual);
        return bad < 0 ? TimeSpan.Zero : bad == outcomes.Count - 1 ? null : outcomes[bad + 1].At;
    }
}
