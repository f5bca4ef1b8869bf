namespace Serve.Onnx.Config;

/// <summary>Reads how requests are put into batches.</summary>
internal static class BatchingReader
{
    /// <summary>A day, in microseconds.</summary>
    private const long LongestWait = 86_400_000_000;

    public static DynamicBatching Read(MessageReader reader)
    {
        foreach (var name in (string[])["priority_levels", "default_priority_level", "priority_queue_policy"])
            reader.Refuse(name, "calls of a model wait in one line; serve it twice, under two names, to let some go first");
        var batching = new DynamicBatching
        {
            PreferredSizes = [.. reader.Numbers("preferred_batch_size", 1, int.MaxValue).Select(size => (int)size).Distinct().Order()],
            MaxQueueDelay = Microseconds(reader.Number("max_queue_delay_microseconds", 0, LongestWait)),
            PreserveOrdering = reader.Bool("preserve_ordering"),
            Queue = reader.Message("default_queue_policy") is { } queue ? ReadQueue(queue) : new QueuePolicy(),
        };
        reader.Finish();
        return batching;
    }

    private static QueuePolicy ReadQueue(MessageReader reader)
    {
        if (reader.Choice("timeout_action", "REJECT", "DELAY") == "DELAY")
            reader.Wrong("timeout_action", "DELAY is not supported: a call that has waited for too long is refused");
        var policy = new QueuePolicy
        {
            Timeout = Microseconds(reader.Number("default_timeout_microseconds", 0, LongestWait)),
            AllowsTimeoutOverride = reader.Bool("allow_timeout_override"),
            MaxSize = (int)reader.Number("max_queue_size", 0, int.MaxValue),
        };
        reader.Finish();
        return policy;
    }

    private static TimeSpan Microseconds(long count) => TimeSpan.FromTicks(count * TimeSpan.TicksPerMicrosecond);
}
