using Serve.Onnx.Running;

namespace Serve.Onnx;

/// <summary>
/// Runs the calls of one version of a model: as many at once as it has instances, in batches where its configuration says so. A call with more rows than a batch may have is split
/// and put together again. There is one for a version; it needs no disposal.
/// </summary>
public sealed class ModelRunner
{
    private readonly LoadedModel _model;
    private readonly TimeProvider _timeProvider;
    private readonly QueueRules _queue;
    private readonly StatisticsBook _statistics;
    private readonly ModelBatches _batches;
    private readonly CallCheck _check;
    private readonly Lock _orderLock = new();
    private Task _last = Task.CompletedTask;

    /// <summary>Makes the runner of a version.</summary>
    /// <param name="model">The version; each call has a <see cref="ModelUse"/> of it.</param>
    /// <param name="timeProvider">The clock; null: the system's.</param>
    /// <param name="replica">The replica that metrics of its batches are counted for; null: none.</param>
    public ModelRunner(LoadedModel model, TimeProvider? timeProvider = null, ReplicaContext? replica = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _queue = new QueueRules(model);
        _statistics = new StatisticsBook(_timeProvider);
        _batches = new ModelBatches(model, _statistics, new BatchOwner { Name = $"{model.Name}/{model.Version}", Replica = replica, TimeProvider = _timeProvider });
        _check = new CallCheck(model);
    }

    /// <summary>How many calls wait for their turn. A large one counts once, until its first part runs.</summary>
    public int Waiting => _queue.Waiting;

    /// <summary>What it has done so far.</summary>
    public ModelStatistics Statistics => _statistics.Read(_batches.Started);

    /// <summary>Runs a call when it is its turn.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Takes the call out of the line, or stops its run where no other call is part of it.</param>
    /// <returns>The outputs. Whoever gets them disposes them.</returns>
    /// <exception cref="OnnxInputException">An input or output is not the model's, or the inputs have different numbers of rows.</exception>
    /// <exception cref="OnnxModelException">The model failed.</exception>
    /// <exception cref="BackPressureException">As many calls wait as may.</exception>
    /// <exception cref="RequestTimeoutException">The call has waited for as long as it may.</exception>
    public async Task<OnnxTensors> RunAsync(ModelCall call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var since = _statistics.Now;
        var hasAnswer = false;
        try
        {
            var outputs = await RunCheckedAsync(call, cancellationToken);
            hasAnswer = true;
            return outputs;
        }
        finally
        {
            _statistics.Ended(since, hasAnswer);
        }
    }

    private async Task<OnnxTensors> RunCheckedAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var inputs = _check.Order(call.Inputs);
        var outputs = _check.Outputs(call.Outputs);
        var rows = _check.RowsOf(inputs);
        var running = RunInLineAsync(inputs, outputs, rows, _queue.PlaceOf(call), cancellationToken);
        return _model.Config.Batching is { PreserveOrdering: true } ? await InOrderAsync(running, cancellationToken) : await running;
    }

    private async Task<OnnxTensors> RunInLineAsync(TensorBuffer[] inputs, IReadOnlyList<string> outputs, long rows, QueuePlace place, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var most = Math.Max(1, _model.Config.MaxBatchSize ?? 0);
        var ticket = _queue.Enter(place);
        try
        {
            return rows <= most || !_model.Config.SplitsLargeCalls
                ? await RunPartAsync(inputs, outputs, rows, ticket, cancellationToken)
                : await RunSplitAsync(inputs, outputs, rows, most, ticket, cancellationToken);
        }
        finally
        {
            ticket.Leave();
        }
    }

    /// <summary>Runs a call in parts: twice as many at once as can run, so that none of the instances waits for the next. Where one fails, the rest of them need not run.</summary>
    private async Task<OnnxTensors> RunSplitAsync(TensorBuffer[] inputs, IReadOnlyList<string> outputs, long rows, int most, QueueTicket ticket, CancellationToken cancellationToken)
    {
        var parts = new OnnxTensors?[(rows + most - 1) / most];
        var options = new ParallelOptions { MaxDegreeOfParallelism = 2 * _batches.Instances, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForAsync(0, parts.Length, options, async (i, token) =>
            {
                var first = (long)i * most;
                parts[i] = await RunRowsAsync(inputs, outputs, first, Math.Min(most, rows - first), ticket, token);
            });
            return BatchTensors.Join(parts!, most, rows - ((parts.Length - 1L) * most), outputs);
        }
        finally
        {
            foreach (var part in parts)
                part?.Dispose();
        }
    }

    private async Task<OnnxTensors> RunRowsAsync(TensorBuffer[] inputs, IReadOnlyList<string> outputs, long first, long rows, QueueTicket ticket, CancellationToken cancellationToken)
    {
        var part = Array.ConvertAll(inputs, input => input.Rows(first, rows));
        try
        {
            return await RunPartAsync(part, outputs, rows, ticket, cancellationToken);
        }
        finally
        {
            foreach (var input in part)
                input.Dispose();
        }
    }

    private async Task<OnnxTensors> RunPartAsync(TensorBuffer[] inputs, IReadOnlyList<string> outputs, long rows, QueueTicket ticket, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var item = new ModelItem(inputs, outputs, rows, _model.Config.MaxBatchSize > 0, ticket, _statistics.Now, LeftLine);
        using var wait = new QueueWait(_timeProvider, ticket.Place.RefusedAfter, item, cancellationToken);
        try
        {
            await _batches.RunAsync(item, wait.Token);
            return item.Take() ?? throw WaitedTooLong(ticket);
        }
        catch (OperationCanceledException) when (wait.WasTooLong && !cancellationToken.IsCancellationRequested)
        {
            throw WaitedTooLong(ticket);
        }
        finally
        {
            item.Abandon();
        }
    }

    private RequestTimeoutException WaitedTooLong(QueueTicket ticket) =>
        new($"The call of the model '{_model.Name}' has waited {ticket.Place.RefusedAfter.TotalMilliseconds} ms for its turn, as long as its queue allows.");

    private void LeftLine(QueueTicket ticket, long since)
    {
        ticket.Leave();
        _statistics.Waited(since);
    }

    /// <summary>Lets an answer out only after those of the calls that came before. A failure is no answer, and needs no order.</summary>
    private async Task<OnnxTensors> InOrderAsync(Task<OnnxTensors> running, CancellationToken cancellationToken)
    {
        Task before;
        lock (_orderLock)
        {
            before = _last;
            _last = Task.WhenAll(before, running).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        var outputs = await running;
        try
        {
            await before.WaitAsync(cancellationToken);
            return outputs;
        }
        catch
        {
            outputs.Dispose();
            throw;
        }
    }
}
