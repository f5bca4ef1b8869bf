namespace Load.Tests;

/// <summary>How long requests take at half of the load that the server can bear: the peak by a closed loop, then an open loop, both from this client.</summary>
internal static class SteadyTest
{
    private const double Share = 0.5;
    private const int MostConnections = 512;

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var connections = options.Number("connections", 64);
        var peak = await PeakLoad.MeasureAsync(options, connections, options.Seconds("peak-seconds", 5));
        var offered = peak.Rate * Share;
        using (var warmUp = new OpenLoop(options, [options.Request()], MostConnections, static _ => { }))
            await warmUp.RunAsync(offered, TimeSpan.FromSeconds(3), 1);
        var latencies = new LatencyHistogram();
        var errors = 0;
        var guard = new Lock();
        using var loop = new OpenLoop(options, [options.Request()], MostConnections, outcome =>
        {
            lock (guard)
            {
                latencies.Add(outcome.Latency);
                errors += outcome.Status == 200 ? 0 : 1;
            }
        });
        await loop.RunAsync(offered, options.Seconds("seconds", 10), 1);
        return new
        {
            PeakPerSecond = peak.Rate,
            PeakErrors = peak.Errors,
            OfferedPerSecond = Math.Round(offered),
            P50Ms = latencies.Milliseconds(0.5),
            P90Ms = latencies.Milliseconds(0.9),
            P99Ms = latencies.Milliseconds(0.99),
            MaxMs = Math.Round(latencies.Max.TotalMilliseconds, 2),
            Errors = errors,
        };
    }
}
