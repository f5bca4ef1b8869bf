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
        var started = items.Where(item => item.TryStart()).ToArray();
        var device = _rooms.Enter();
        var failures = new Dictionary<ModelItem, Exception>();
        try
        {
            RunAll(_model.Instances[device].Model, started, failures, cancellationToken);
        }
        finally
        {
            _rooms.Leave(device);
        }

        return Task.FromResult<IReadOnlyList<BatchResult<bool>>>([.. items.Select(item => failures.TryGetValue(item, out var failure) ? BatchResult<bool>.Failed(failure) : true)]);
    }

    private void RunAll(OnnxModel model, ModelItem[] items, Dictionary<ModelItem, Exception> failures, CancellationToken cancellationToken)
    {
        if (items.Length == 0)
            return;
        try
        {
            var begin = _statistics.Now;
            var outputs = Run(model, items, out var joined, cancellationToken);
            var run = _statistics.Now;
            Deliver(items, outputs);
            _statistics.Executed(items.Length, items.Sum(item => item.Rows), begin, joined, run);
        }
        catch (Exception) when (items.Length > 1 && !cancellationToken.IsCancellationRequested)
        {
            foreach (var item in items)
                RunAll(model, [item], failures, cancellationToken);
        }
        catch (Exception exception)
        {
            foreach (var item in items)
            {
                failures[item] = exception;
                item.End(result: null);
            }
        }
    }

    /// <exception cref="OnnxModelException">The model failed, or gave outputs with other rows than it was given.</exception>
    private OnnxTensors Run(OnnxModel model, ModelItem[] items, out long joined, CancellationToken cancellationToken)
    {
        var inputs = _model.Config.Inputs;
        var whole = new TensorBuffer[inputs.Count];
        try
        {
            for (var i = 0; i < whole.Length; i++)
                whole[i] = items.Length == 1 ? items[0].Inputs[i].Share() : BatchTensors.Join([.. items.Select(item => item.Inputs[i])]);
            joined = _statistics.Now;
            string[] wanted = [.. items.SelectMany(item => item.Outputs).Distinct(StringComparer.Ordinal)];
            var outputs = model.RunInPlace([.. whole.Select((tensor, i) => OnnxValue.Create(inputs[i].Name, tensor))], wanted, cancellationToken);
            if (items.Length == 1 || !outputs.Any(pair => pair.Value.Shape.IsEmpty || pair.Value.Shape[0] != whole[0].Shape[0]))
                return outputs;
            var wrong = outputs.First(pair => pair.Value.Shape.IsEmpty || pair.Value.Shape[0] != whole[0].Shape[0]);
            outputs.Dispose();
            throw new OnnxModelException($"The model '{_model.Name}' was given {whole[0].Shape[0]} rows and gave '{wrong.Key}' as {wrong.Value}: it has no batch dimension; set its 'max_batch_size' to 0.");
        }
        finally
        {
            foreach (var tensor in whole)
                tensor?.Dispose();
        }
    }

    private static void Deliver(ModelItem[] items, OnnxTensors outputs)
    {
        if (items.Length == 1)
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
