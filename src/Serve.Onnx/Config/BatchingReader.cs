using System.Globalization;

namespace Serve.Onnx.Config;

/// <summary>Reads how requests are put into batches.</summary>
internal static class BatchingReader
{
    /// <summary>A day, in microseconds.</summary>
    private const long LongestWait = 86_400_000_000;

    /// <summary>As many as batches know.</summary>
    private const int MostLevels = BatchPriority.Lowest + 1;

    public static DynamicBatching Read(MessageReader reader)
    {
        var levels = (int)reader.Number("priority_levels", 0, MostLevels);
        var batching = new DynamicBatching
        {
            PreferredSizes = [.. reader.Numbers("preferred_batch_size", 1, int.MaxValue).Select(size => (int)size).Distinct().Order()],
            MaxQueueDelay = Microseconds(reader.Number("max_queue_delay_microseconds", 0, LongestWait)),
            PreserveOrdering = reader.Bool("preserve_ordering"),
            PriorityLevels = levels,
            DefaultPriorityLevel = ReadDefaultLevel(reader, levels),
            Queue = reader.Message("default_queue_policy") is { } queue ? ReadQueue(queue) : new QueuePolicy(),
            LevelQueues = ReadLevels(reader, levels),
        };
        reader.Finish();
        return batching;
    }

    private static int ReadDefaultLevel(MessageReader reader, int levels)
    {
        if (levels > 0 && !reader.Has("default_priority_level"))
            reader.Wrong("default_priority_level", "must be given where there are 'priority_levels': the level of requests that name none");
        return (int)reader.Number("default_priority_level", Math.Min(1, levels), levels);
    }

    /// <summary>A map: <c>priority_queue_policy { key: 2 value: { max_queue_size: 16 } }</c>.</summary>
    private static Dictionary<int, QueuePolicy> ReadLevels(MessageReader reader, int levels)
    {
        var policies = new Dictionary<int, QueuePolicy>();
        foreach (var (key, entry) in reader.Entries("priority_queue_policy"))
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level < 1 || level > levels)
                entry.Wrong("key", $"is {(key.Length > 0 ? key : "missing")}; it must be a level from 1 to {levels}, the 'priority_levels'");
            else if (entry.Message("value") is { } value)
                policies[level] = ReadQueue(value);
            _ = entry.Has("value");
            entry.Finish();
        }

        return policies;
    }

    private static QueuePolicy ReadQueue(MessageReader reader)
    {
        var policy = new QueuePolicy
        {
            Timeout = Microseconds(reader.Number("default_timeout_microseconds", 0, LongestWait)),
            DelaysLateOnes = reader.Choice("timeout_action", "REJECT", "DELAY") == "DELAY",
            AllowsTimeoutOverride = reader.Bool("allow_timeout_override"),
            MaxSize = (int)reader.Number("max_queue_size", 0, int.MaxValue),
        };
        reader.Finish();
        return policy;
    }

    private static TimeSpan Microseconds(long count) => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond);
}
