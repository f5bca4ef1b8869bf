namespace Serve.Onnx.Config;

/// <summary>Reads how requests are put into batches.</summary>
internal static class BatchingReader
{
    /// <summary>A day, in microseconds.</summary>
    private const long LongestWait = 86_400_000_000;

    private const int MostPriorities = 1000;

    public static DynamicBatching Read(MessageReader reader)
    {
        var levels = (int)reader.Number("priority_levels", 0, MostPriorities);
        var batching = new DynamicBatching
        {
            PreferredSizes = [.. reader.Numbers("preferred_batch_size", 1, int.MaxValue).Select(size => (int)size).Distinct().Order()],
            MaxQueueDelay = Microseconds(reader.Number("max_queue_delay_microseconds", 0, LongestWait)),
            PreserveOrdering = reader.Bool("preserve_ordering"),
            PriorityLevels = levels,
            DefaultPriority = (int)reader.Number("default_priority_level", 0, MostPriorities),
            Queue = reader.Message("default_queue_policy") is { } queue ? ReadQueue(queue) : new QueuePolicy(),
            QueueOfPriority = ReadQueues(reader, levels),
        };
        if (batching.DefaultPriority > levels || (levels > 0 && batching.DefaultPriority == 0))
            reader.Wrong("default_priority_level", $"is {batching.DefaultPriority}; with {levels} 'priority_levels' it must be {(levels == 0 ? "left out" : $"from 1 to {levels}")}");
        reader.Finish();
        return batching;
    }

    private static Dictionary<int, QueuePolicy> ReadQueues(MessageReader reader, int levels)
    {
        var queues = new Dictionary<int, QueuePolicy>();
        foreach (var (key, entry) in reader.Entries("priority_queue_policy"))
        {
            if (int.TryParse(key, out var level) && level >= 1 && level <= levels)
                queues[level] = entry.Message("value") is { } policy ? ReadQueue(policy) : new QueuePolicy();
            else
                entry.Wrong("key", $"is '{key}'; with {levels} 'priority_levels' there is no such level");
            _ = entry.Has("value");
            entry.Finish();
        }

        return queues;
    }

    private static QueuePolicy ReadQueue(MessageReader reader)
    {
        var policy = new QueuePolicy
        {
            DelaysLate = reader.Choice("timeout_action", "REJECT", "DELAY") == "DELAY",
            Timeout = Microseconds(reader.Number("default_timeout_microseconds", 0, LongestWait)),
            AllowsTimeoutOverride = reader.Bool("allow_timeout_override"),
            MaxSize = (int)reader.Number("max_queue_size", 0, int.MaxValue),
        };
        reader.Finish();
        return policy;
    }

    private static TimeSpan Microseconds(long count) => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond);
}
