using System.Diagnostics;
using Load.Autoscaling;

namespace Load.Tests;

/// <summary>
/// A step from 1 to 20 requests at the same time, for a deployment whose replicas take one each: how long until the first new replica
/// answers, whether all requests are answered, and how long until it is back at its fewest replicas. A closed loop, since the step is one of
/// concurrency.
/// </summary>
internal static class StepTest
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var callers = options.Number("callers", 20);
        var record = new ShapeRecord(TimeSpan.FromSeconds(1));
        using var http = new HttpClient { Timeout = Patience };
        await using var watch = new DeploymentWatch(new Uri(options.Text("admin", "")), options.Text("application", "step"));
        using var stop = new CancellationTokenSource();
        var firstOf = new Dictionary<string, double>(StringComparer.Ordinal);
        var start = Stopwatch.GetTimestamp();
        var offset = watch.Now;
        var running = new List<Task> { CallAsync() };
        await Task.Delay(Before, TimeProvider.System);
        var step = Stopwatch.GetElapsedTime(start).TotalSeconds;
        running.AddRange(Enumerable.Range(1, callers - 1).Select(_ => CallAsync()));
        await Task.Delay(options.Seconds("seconds", 15), TimeProvider.System);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        var end = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var back = await watch.UntilAsync(static sample => sample is { Target: 1, Ready: 1 }, Patience);
        return new
        {
            Callers = callers,
            StepAt = Math.Round(step, 2),
            EndAt = Math.Round(end, 2),
            Total = record.Summary(),
            Answering = firstOf.Count,
            // When each new replica gave its first answer, after the step.
            FirstAnswers = firstOf.Values.Order().Skip(1).Select(at => Math.Round(at - step, 3)),
            BackSeconds = back is null ? -1 : Math.Round(back.At - offset - end, 1),
            Requests = record.BySecond(),
            Samples = watch.Samples.Select(sample => sample with { At = Math.Round(sample.At - offset, 3) }),
        };

        async Task CallAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                var at = Stopwatch.GetElapsedTime(start);
                using var reply = await http.GetAsync(options.Url);
                var replica = await reply.Content.ReadAsStringAsync();
                var now = Stopwatch.GetElapsedTime(start);
                record.Add(new Outcome(at, 0, (int)reply.StatusCode, now - at));
                lock (firstOf)
                    firstOf.TryAdd(replica, now.TotalSeconds);
            }
        }
    }
}
