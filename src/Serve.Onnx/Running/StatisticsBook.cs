using System.Numerics;

namespace Serve.Onnx.Running;

/// <summary>Keeps the statistics of one version of a model.</summary>
internal sealed class StatisticsBook(TimeProvider timeProvider)
{
    /// <summary>A client chooses how many rows a run has: past so many different numbers, they are rounded up to powers of two.</summary>
    private const int MostExactBatches = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, BatchSums> _batches = [];
    private DateTimeOffset? _lastInference;
    private long _inferences;
    private long _executions;
    private StatisticDuration _success;
    private StatisticDuration _fail;
    private StatisticDuration _queue;
    private StatisticDuration _computeInput;
    private StatisticDuration _computeInfer;
    private StatisticDuration _computeOutput;

    public long Now => timeProvider.GetTimestamp();

    /// <summary>What there is so far.</summary>
    /// <param name="started">The batches that have started, by their reasons.</param>
    public ModelStatistics Read(IReadOnlyDictionary<string, long> started)
    {
        lock (_lock)
        {
            return new ModelStatistics
            {
                LastInference = _lastInference,
                Inferences = _inferences,
                Executions = _executions,
                Success = _success,
                Fail = _fail,
                Queue = _queue,
                ComputeInput = _computeInput,
                ComputeInfer = _computeInfer,
                ComputeOutput = _computeOutput,
                Batches = [.. _batches.Select(static pair => new BatchStatistics(pair.Key, pair.Value.Input, pair.Value.Infer, pair.Value.Output))],
                Starts = started,
            };
        }
    }

    /// <summary>A call has ended.</summary>
    public void Ended(long since, bool hasAnswer)
    {
        var time = timeProvider.GetElapsedTime(since);
        var now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            if (hasAnswer)
            {
                _success = _success.Plus(time);
                _lastInference = now;
            }
            else
            {
                _fail = _fail.Plus(time);
            }
        }
    }

    /// <summary>The wait of a call, or of a part of one, is over.</summary>
    public void Waited(long since)
    {
        var time = timeProvider.GetElapsedTime(since);
        lock (_lock)
            _queue = _queue.Plus(time);
    }

    /// <summary>A run is over.</summary>
    /// <param name="calls">How many calls were part of it.</param>
    /// <param name="rows">How many rows they had.</param>
    /// <param name="begin">When it began.</param>
    /// <param name="joined">When its inputs were together.</param>
    /// <param name="run">When the engine was done.</param>
    public void Executed(int calls, long rows, long begin, long joined, long run)
    {
        var end = Now;
        var (input, infer, output) = (timeProvider.GetElapsedTime(begin, joined), timeProvider.GetElapsedTime(joined, run), timeProvider.GetElapsedTime(run, end));
        lock (_lock)
        {
            _inferences += rows;
            _executions++;
            _computeInput = _computeInput.Plus(input, calls);
            _computeInfer = _computeInfer.Plus(infer, calls);
            _computeOutput = _computeOutput.Plus(output, calls);
            var batch = SumsOf(rows);
            batch.Input = batch.Input.Plus(input);
            batch.Infer = batch.Infer.Plus(infer);
            batch.Output = batch.Output.Plus(output);
        }
    }

    private BatchSums SumsOf(long rows)
    {
        if (_batches.TryGetValue(rows, out var sums))
            return sums;
        var key = _batches.Count < MostExactBatches ? rows : (long)BitOperations.RoundUpToPowerOf2((ulong)rows);
        if (!_batches.TryGetValue(key, out sums))
            _batches.Add(key, sums = new BatchSums());
        return sums;
    }

    private sealed class BatchSums
    {
        public StatisticDuration Input { get; set; }

        public StatisticDuration Infer { get; set; }

        public StatisticDuration Output { get; set; }
    }
}
