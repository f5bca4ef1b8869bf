using Load.Autoscaling;

namespace Load.Tests;

/// <summary>One shape of load against an autoscaled deployment, and what the server made of it, until it is back at its fewest replicas.</summary>
internal static class ShapeTest
{
    private const int MostConnections = 4000;
    private static readonly TimeSpan Objective = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var shape = LoadShape.Find(options.Text("shape", "step"));
        var least = options.Number("min", 1);
        var record = new ShapeRecord(Objective);
        await using var watch = new DeploymentWatch(new Uri(options.Text("admin", "")), options.Text("application", "shapes"));
        using (var loop = new OpenLoop(options, [options.Request()], MostConnections, record.Add))
        {
            var run = loop.RunAsync(shape, 1);
            var offset = watch.Now - loop.Elapsed.TotalSeconds;
            await run;
            var back = await watch.UntilAsync(sample => sample.Target == least && sample.Ready == least, Patience);
            return new
            {
                Shape = shape.Name,
                Seconds = shape.Length.TotalSeconds,
                Total = record.Summary(),
                BackSeconds = back is null ? -1 : Math.Round(Math.Max(0, back.At - offset - shape.Length.TotalSeconds), 1),
                Rates = Enumerable.Range(0, (int)shape.Length.TotalSeconds + 1).Select(second => Math.Round(shape.Rate(second), 2)),
                Requests = record.BySecond(),
                Samples = watch.Samples.Select(sample => sample with { At = Math.Round(sample.At - offset, 3) }),
            };
        }
    }
}
