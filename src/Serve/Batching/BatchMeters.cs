using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Batching;

/// <summary>What is measured of one batched method of one object.</summary>
internal sealed class BatchMeters
{
    private static readonly Meter Meter = new("Serve.Batching");
    private static readonly Histogram<double> WaitTime = Meter.CreateHistogram<double>("serve.batch_wait_time", "s", "How long the first item of a batch waited until the batch started.");
    private static readonly Histogram<double> ExecutionTime = Meter.CreateHistogram<double>("serve.batch_execution_time", "s", "How long the user's method worked on a batch.");
    private static readonly Histogram<double> Utilization = Meter.CreateHistogram<double>("serve.batch_utilization", "1", "How full batches are, by items or by cost, whichever is more.");
    private static readonly Histogram<double> Size = Meter.CreateHistogram<double>("serve.actual_batch_size", "{item}", "The number of items in batches.");
    private static readonly Counter<long> Processed = Meter.CreateCounter<long>("serve.batches_processed", "{batch}", "Batches that have started, by the reason why they did.");

    /// <summary>The queues of this process, as long as they are there.</summary>
    private static readonly ConditionalWeakTable<IBatchQueue, BatchMeters> Queues = new();

    private readonly BatchSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly TagList _tags;

    static BatchMeters()
    {
        Meter.CreateObservableGauge("serve.batch_queue_length", static () => Queues.Select(pair => new Measurement<long>(pair.Key.Waiting, pair.Value._tags)), "{item}", "Items that wait for a batch now.");
    }

    public BatchMeters(BatchSettings settings, ReplicaScope scope)
    {
        _settings = settings;
        _timeProvider = scope.TimeProvider;
        _tags = scope.Tags;
        _tags.Add("function_name", settings.Declaration.Name);
    }

    public static string NameOf(BatchReason reason) => reason switch
    {
        BatchReason.Greedy => "greedy",
        BatchReason.Size => "size",
        BatchReason.Cost => "cost",
        BatchReason.Timeout => "timeout",
        BatchReason.Retry => "retry",
        _ => "none",
    };

    /// <summary>Shows the length of a queue from now on.</summary>
    public void Show(IBatchQueue queue) => Queues.Add(queue, this);

    public void Started<TItem>(IReadOnlyList<BatchItem<TItem>> items, BatchReason reason, long now)
    {
        if (Processed.Enabled)
        {
            var tags = _tags;
            tags.Add("reason", NameOf(reason));
            Processed.Add(1, tags);
        }

        if (WaitTime.Enabled)
            WaitTime.Record(_timeProvider.GetElapsedTime(items[0].Since, now).TotalSeconds, _tags);
        if (Size.Enabled)
            Size.Record(items.Count, _tags);
        if (Utilization.Enabled)
            Utilization.Record(UtilizationOf(items), _tags);
    }

    public void Finished(long begin)
    {
        if (ExecutionTime.Enabled)
            ExecutionTime.Record(_timeProvider.GetElapsedTime(begin).TotalSeconds, _tags);
    }

    private double UtilizationOf<TItem>(IReadOnlyList<BatchItem<TItem>> items)
    {
        var options = _settings.Options;
        var bySize = (double)items.Count / options.MaxBatchSize;
        var byCost = options.MaxBatchCost > 0 ? (double)items.Sum(item => item.Cost) / options.MaxBatchCost : 0;
        return Math.Min(1, Math.Max(bySize, byCost));
    }
}
