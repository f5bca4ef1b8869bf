using System.Diagnostics;

namespace Load;

/// <summary>What a closed loop measured.</summary>
/// <param name="Rate">Units per second: calls, or items of streams.</param>
/// <param name="P50Ms">The median time of a call, in milliseconds.</param>
/// <param name="P99Ms">The time that one call of a hundred exceeds, in milliseconds.</param>
/// <param name="Errors">Calls that failed.</param>
/// <param name="FirstError">Why the first of them failed.</param>
internal sealed record Measured(double Rate, double P50Ms, double P99Ms, long Errors, string? FirstError);

/// <summary>A number of callers, each of which makes its next call when the last has ended.</summary>
internal static class ClosedLoop
{
    /// <summary>Runs for a while.</summary>
    /// <param name="callers">How many callers.</param>
    /// <param name="duration">How long.</param>
    /// <param name="call">Makes one call, of the caller with the number, and says how many units it was.</param>
    public static async Task<Measured> RunAsync(int callers, TimeSpan duration, Func<int, ValueTask<int>> call)
    {
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        Task<Caller>[] running;
        // The callers are no part of the request that has this measured: they share neither its deadline nor its token.
        using (ExecutionContext.SuppressFlow())
            running = [.. Enumerable.Range(0, callers).Select(number => Task.Run(() => Caller.RunAsync(number, end, call)))];
        var done = await Task.WhenAll(running);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var latencies = new LatencyHistogram();
        foreach (var caller in done)
            latencies.Add(caller.Latencies);
        return new Measured(
            Math.Round(done.Sum(caller => caller.Units) / elapsed.TotalSeconds),
            latencies.Milliseconds(0.5),
            latencies.Milliseconds(0.99),
            done.Sum(caller => caller.Errors),
            done.Select(caller => caller.FirstError).FirstOrDefault(error => error is not null));
    }

    private sealed class Caller
    {
        public LatencyHistogram Latencies { get; } = new();

        public long Units { get; private set; }

        public long Errors { get; private set; }

        public string? FirstError { get; private set; }

        public static async Task<Caller> RunAsync(int number, long end, Func<int, ValueTask<int>> call)
        {
            var caller = new Caller();
            for (var start = Stopwatch.GetTimestamp(); start < end; start = Stopwatch.GetTimestamp())
            {
                try
                {
                    caller.Units += await call(number);
                    caller.Latencies.Add(Stopwatch.GetElapsedTime(start));
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    caller.Errors++;
                    caller.FirstError ??= exception.Message;
                }
            }

            return caller;
        }
    }
}
