using System.Text.Json;

namespace Serve.Benchmarks;

/// <summary>Measures how many bytes a case allocates each time. Unlike nanoseconds, that is the same on every machine.</summary>
internal static class ByteBudgets
{
    private const int WarmUps = 2000;
    private const int Runs = 2000;
    private const int Attempts = 5;

    public static IReadOnlyDictionary<string, long> Read() =>
        JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "budgets.json")))!;

    /// <summary>The least of some attempts: what else the process does can only add to it.</summary>
    public static async Task<long> MeasureAsync(WatchedCase subject)
    {
        await subject.PrepareAsync();
        for (var i = 0; i < WarmUps; i++)
            await subject.RunAsync();
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Runs; i++)
                await subject.RunAsync();
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Runs);
        }

        return least;
    }
}
