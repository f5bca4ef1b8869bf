namespace Load;

/// <summary>What a server answers at most: as many connections as given, each with its next request as soon as the last is answered.</summary>
internal static class PeakLoad
{
    public static async Task<Measured> MeasureAsync(DriverOptions options, int connections, TimeSpan duration)
    {
        var request = options.Request();
        var open = Enumerable.Range(0, connections).Select(_ => new HttpConnection(options.Server)).ToList();
        try
        {
            foreach (var connection in open)
                await connection.ConnectAsync();
            return await ClosedLoop.RunAsync(connections, duration, async caller =>
                await open[caller].RequestAsync(request) is var status and not 200 ? throw new IOException($"The answer was {status}.") : 1);
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }
}
