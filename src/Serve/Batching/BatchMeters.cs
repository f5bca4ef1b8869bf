using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Serve.Replica;
using Serve.Telemetry;

namespace Serve.Batching;

/// <summary>What is measured of one batched method of one object.</summary>
internal sealed class BatchMeters
{
    private static readonly Meter Meter = new(MeterNames.Batching);
    private static readonly Histogram<double> WaitTime = ServeMetrics.BatchWait.CreateHistogram(Meter);
    private static readonly Histogram<double> ExecutionTime = ServeMetrics.BatchExecution.CreateHistogram(Meter);
    private static readonly Histogram<double> Utilization = ServeMetrics.BatchUtilization.CreateHistogram(Meter);
    private static readonly Histogram<double> Size = ServeMetrics.BatchSize.CreateHistogram(Meter);
    private static readonly Counter<long> Processed = ServeMetrics.BatchesProcessed.CreateCounter(Meter);

    /// <summary>The queues of this process, as long as they are there.</summary>
    private static readonly ConditionalWeakTable<IBatchQueue, BatchMeters> Queues = new();

    private readonly BatchSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly TagList _tags;
    private readonly long[] _reasons = new long[(int)BatchReason.Retry + 1];

    static BatchMeters()
    {
        ServeMetrics.BatchQueueLength.CreateGauge(Meter, static () => Queues.Select(pair => new Measurement<long>(pair.Key.Waiting, pair.Value._tags)));
    }

    public BatchMeters(BatchSettings settings, ReplicaScope scope)
    {
        _settings = settings;
        _timeProvider = scope.TimeProvider;
        _tags = scope.Tags;
        _tags.Add(TelemetryTags.Function, scope.Part is { } part ? $"{part}.{settings.Declaration.Method.Name}" : settings.Declaration.Name);
    }

    /// <summary>The batches that have started, by their reasons.</summary>
    public IReadOnlyDictionary<string, long> Reasons => Enum.GetValues<BatchReason>().Where(reason => Volatile.Read(ref _reasons[(int)reason]) > 0)
        .ToDictionary(NameOf, reason => Volatile.Read(ref _reasons[(int)reason]), StringComparer.Ordinal);

    public static string NameOf(BatchReason reason) => reason switch
    {
        BatchReason.Greedy => "greedy",
        BatchReason.Size => "size",
        BatchReason.Cost => "cost",
        BatchReason.Preferred => "preferred",
        BatchReason.Timeout => "timeout",
        BatchReason.Retry => "retry",
        _ => "none",
    };

    /// <summary>Shows the length of a queue from now on.</summary>
    public void Show(IBatchQueue queue) => Queues.Add(queue, this);

    public void Started<TItem>(IReadOnlyList<BatchItem<TItem>> items, BatchReason reason, long now)
    {
        Interlocked.Increment(ref _reasons[(int)reason]);
        if (Processed.Enabled)
        {
            var tags = _tags;
            tags.Add(TelemetryTags.Reason, NameOf(reason));
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
