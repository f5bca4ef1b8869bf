namespace Serve.Onnx.Running;

/// <summary>
/// The batches of one version of a model: calls of the same shapes behind the batch dimension, as many rows as the configuration allows, while the instances before them are busy
/// or for as long as it lets them wait. A failure is a batch's only until each of its calls has been tried alone.
/// </summary>
internal sealed class ModelBatches
{
    private readonly LoadedModel _model;
    private readonly StatisticsBook _statistics;
    private readonly DeviceRooms _rooms;

    public ModelBatches(LoadedModel model, StatisticsBook statistics, BatchOwner owner)
    {
        _model = model;
        _statistics = statistics;
        _rooms = new DeviceRooms(model.Instances);
        var rows = model.Config is { Batching: not null, MaxBatchSize: > 1 and var most } ? most : 1;
        Batcher.Attach(this, owner);
        Batcher.Configure(RunManyAsync, options => options with
        {
            MaxBatchSize = rows,
            MaxBatchCost = rows,
            MaxConcurrentBatches = _rooms.Instances,
            BatchWaitTimeout = model.Config.Batching?.MaxQueueDelay ?? TimeSpan.Zero,
            PreferredSizes = model.Config.Batching?.PreferredSizes ?? [],
        });
    }

    /// <summary>How many batches run at once.</summary>
    public int Instances => _rooms.Instances;

    /// <summary>The batches that have started, by their reasons in the words of a model.</summary>
    public IReadOnlyDictionary<string, long> Started => Batcher.StatusOf(RunManyAsync).Started.GroupBy(pair => ReasonOf(pair.Key), StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value), StringComparer.Ordinal);

    /// <summary>Waits until the item's run is over. The item has what it gave.</summary>
    public Task RunAsync(ModelItem item, CancellationToken cancellationToken) => Batcher.RunAsync(RunManyAsync, item, cancellationToken);

    private static string ReasonOf(string reason) => reason switch
    {
        "size" or "cost" => "full",
        "timeout" => "delay",
        _ => reason,
    };

    internal static long RowsOf(ModelItem item) => Math.Max(1, item.Rows);

    internal static BatchPriority PriorityOf(ModelItem item) => item.Place.Priority;

    internal static object? KeyOf(ModelItem item) => item.Key;

    [Batch(CostOf = nameof(RowsOf), MaxBatchCost = 1, KeyOf = nameof(KeyOf), PriorityOf = nameof(PriorityOf))]
    private Task<IReadOnlyList<BatchResult<bool>>> RunManyAsync(IReadOnlyList<ModelItem> items, CancellationToken cancellationToken)
    {
        var started = new List<ModelItem>(items.Count);
        foreach (var item in items)
        {
            if (item.TryStart())
                started.Add(item);
        }

        if (started.Count > 0)
        {
            var device = _rooms.Enter();
            try
            {
                RunAll(_model.Instances[device].Model, started, cancellationToken);
            }
            finally
            {
                _rooms.Leave(device);
            }
        }

        var results = new BatchResult<bool>[items.Count];
        for (var i = 0; i < results.Length; i++)
            results[i] = items[i].Failure is { } failure ? BatchResult<bool>.Failed(failure) : true;
        return Task.FromResult<IReadOnlyList<BatchResult<bool>>>(results);
    }

    private void RunAll(OnnxModel model, List<ModelItem> items, CancellationToken cancellationToken)
    {
        try
        {
            var begin = _statistics.Now;
            var rows = 0L;
            foreach (var item in items)
                rows += item.Rows;
            var outputs = Run(model, items, out var joined, cancellationToken);
            var run = _statistics.Now;
            Deliver(items, outputs);
            _statistics.Executed(items.Count, rows, begin, joined, run);
        }
        catch (Exception) when (items.Count > 1 && !cancellationToken.IsCancellationRequested)
        {
            foreach (var item in items)
            {
                // A caller who has gone meanwhile needs no run of its own.
                if (item.IsWanted)
                    RunAll(model, [item], cancellationToken);
                else
                    item.End(result: null);
            }
        }
        catch (Exception exception)
        {
            foreach (var item in items)
                item.Fail(exception);
        }
    }

    /// <exception cref="OnnxModelException">The model failed, or gave outputs with other rows than it was given.</exception>
    private OnnxTensors Run(OnnxModel model, List<ModelItem> items, out long joined, CancellationToken cancellationToken)
    {
        var inputs = _model.Config.Inputs;
        var whole = new TensorBuffer[inputs.Count];
        var values = new OnnxValue[inputs.Count];
        try
        {
            for (var i = 0; i < whole.Length; i++)
            {
                whole[i] = items.Count == 1 ? items[0].Inputs[i].Share() : BatchTensors.Join([.. items.Select(item => item.Inputs[i])]);
                values[i] = OnnxValue.Create(inputs[i].Name, whole[i]);
            }

            joined = _statistics.Now;
            var outputs = model.RunInPlace(values, Wanted(items), cancellationToken);
            if (items.Count == 1)
                return outputs;
            foreach (var (name, tensor) in outputs)
            {
                if (!tensor.Shape.IsEmpty && tensor.Shape[0] == whole[0].Shape[0])
                    continue;
                var wrong = new OnnxModelException($"The model '{_model.Name}' was given {whole[0].Shape[0]} rows and gave '{name}' as {tensor}: it has no batch dimension; set its 'max_batch_size' to 0.");
                outputs.Dispose();
                throw wrong;
            }

            return outputs;
        }
        finally
        {
            foreach (var tensor in whole)
                tensor?.Dispose();
        }
    }

    /// <summary>The outputs that one or another wants: all want the same ones nearly always.</summary>
    private static string[] Wanted(List<ModelItem> items)
    {
        var first = items[0].Outputs;
        return items.TrueForAll(item => ReferenceEquals(item.Outputs, first)) ? [.. first] : [.. items.SelectMany(static item => item.Outputs).Distinct(StringComparer.Ordinal)];
    }

    private static void Deliver(List<ModelItem> items, OnnxTensors outputs)
    {
        if (items.Count == 1)
        {
            items[0].End(outputs);
            return;
        }

        using (outputs)
        {
            var first = 0L;
            foreach (var item in items)
            {
                item.End(BatchTensors.Split(outputs, item.Outputs, first, item.Rows));
                first += item.Rows;
            }
        }
    }
}
