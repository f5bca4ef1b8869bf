namespace Serve.Onnx.Running;

/// <summary>Keeps the statistics of one version of a model.</summary>
internal sealed class StatisticsBook(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, BatchStatistics> _batches = [];
    private ModelStatistics _sums = new();

    public long Now => timeProvider.GetTimestamp();

    /// <summary>What there is so far.</summary>
    /// <param name="started">The batches that have started, by their reasons.</param>
    public ModelStatistics Read(IReadOnlyDictionary<string, long> started)
    {
        lock (_lock)
            return _sums with { Batches = [.. _batches.Values], Starts = started };
    }

    /// <summary>A call has ended.</summary>
    public void Ended(long since, bool hasAnswer)
    {
        var time = timeProvider.GetElapsedTime(since);
        lock (_lock)
        {
            _sums = hasAnswer ? _sums with { Success = _sums.Success.Plus(time), LastInference = timeProvider.GetUtcNow() } : _sums with { Fail = _sums.Fail.Plus(time) };
        }
    }

    /// <summary>The wait of a call, or of a part of one, is over.</summary>
    public void Waited(long since)
    {
        var time = timeProvider.GetElapsedTime(since);
        lock (_lock)
            _sums = _sums with { Queue = _sums.Queue.Plus(time) };
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
            _sums = _sums with
            {
                Inferences = _sums.Inferences + rows,
                Executions = _sums.Executions + 1,
                ComputeInput = _sums.ComputeInput.Plus(input, calls),
                ComputeInfer = _sums.ComputeInfer.Plus(infer, calls),
                ComputeOutput = _sums.ComputeOutput.Plus(output, calls),
            };
            var batch = _batches.GetValueOrDefault(rows) ?? new BatchStatistics(rows, default, default, default);
            _batches[rows] = new BatchStatistics(rows, batch.ComputeInput.Plus(input), batch.ComputeInfer.Plus(infer), batch.ComputeOutput.Plus(output));
        }
    }
}
