using System.Diagnostics;
using System.Diagnostics.Metrics;
using Serve.Replica;

namespace Serve.Batching;

/// <summary>What is measured of one batched method of one object.</summary>
internal sealed class BatchMeters
{
    private static readonly Meter Meter = new("Serve");
    private static readonly Histogram<double> WaitTime = Meter.CreateHistogram<double>("serve_batch_wait_time_ms", "ms", "How long the first item of a batch waited for it to start.");
    private static readonly Histogram<double> ExecutionTime = Meter.CreateHistogram<double>("serve_batch_execution_time_ms", "ms", "How long a batch ran.");
    private static readonly Histogram<double> Utilization = Meter.CreateHistogram<double>("serve_batch_utilization_percent", "%", "How full a batch was, by items or by cost, whichever is more.");
    private static readonly Histogram<long> Size = Meter.CreateHistogram<long>("serve_actual_batch_size", "{item}", "How many items a batch had.");
    private static readonly UpDownCounter<long> QueueLength = Meter.CreateUpDownCounter<long>("serve_batch_queue_length", "{item}", "How many items wait for their batch.");
    private static readonly Counter<long> Processed = Meter.CreateCounter<long>("serve_batches_processed", "{batch}", "Batches started, by the reason for which each started when it did.");

    private readonly BatchSettings _settings;
    private readonly ReplicaScope _scope;
    private readonly TagList _tags;

    public BatchMeters(BatchSettings settings, ReplicaScope scope)
    {
        _settings = settings;
        _scope = scope;
        _tags = scope.Tags;
        _tags.Add("function_name", settings.Declaration.Name);
    }

    public static string NameOf(BatchReason reason) => reason switch
    {
        BatchReason.Free => "free",
        BatchReason.Size => "size",
        BatchReason.Cost => "cost",
        BatchReason.Wait => "wait",
        BatchReason.Retry => "retry",
        _ => "none",
    };

    public void Queued(int change)
    {
        if (QueueLength.Enabled)
            QueueLength.Add(change, _tags);
    }

    public void Started<TItem>(IReadOnlyList<BatchItem<TItem>> items, BatchReason reason, long now)
    {
        if (Processed.Enabled)
        {
            var tags = _tags;
            tags.Add("reason", NameOf(reason));
            Processed.Add(1, tags);
        }

        if (WaitTime.Enabled)
            WaitTime.Record(_scope.TimeProvider.GetElapsedTime(items[0].Since, now).TotalMilliseconds, _tags);
        if (Size.Enabled)
            Size.Record(items.Count, _tags);
        if (Utilization.Enabled)
            Utilization.Record(UtilizationOf(items), _tags);
    }

    public void Finished(long begin)
    {
        if (ExecutionTime.Enabled)
            ExecutionTime.Record(_scope.TimeProvider.GetElapsedTime(begin).TotalMilliseconds, _tags);
    }

    private double UtilizationOf<TItem>(IReadOnlyList<BatchItem<TItem>> items)
    {
        var options = _settings.Options;
        var bySize = (double)items.Count / options.MaxBatchSize;
        var byCost = options.MaxBatchCost > 0 ? (double)items.Sum(item => item.Cost) / options.MaxBatchCost : 0;
        return 100 * Math.Min(1, Math.Max(bySize, byCost));
    }
}
