using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Multiplexing;

/// <summary>What is measured of the models of one object.</summary>
internal sealed class ModelMeters(ReplicaScope scope)
{
    private static readonly Meter Meter = new("Serve.Multiplexing");
    private static readonly Histogram<double> LoadLatency = Meter.CreateHistogram<double>("serve.multiplexed_model_load_latency", "s", "How long models took to load.");
    private static readonly Histogram<double> UnloadLatency = Meter.CreateHistogram<double>("serve.multiplexed_model_unload_latency", "s", "How long models took to unload.");
    private static readonly Counter<long> Loads = Meter.CreateCounter<long>("serve.multiplexed_models_loads", "{model}", "Models that the replica has loaded.");
    private static readonly Counter<long> Unloads = Meter.CreateCounter<long>("serve.multiplexed_models_unloads", "{model}", "Models that the replica has unloaded.");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("serve.multiplexed_get_model_requests", "{request}", "Requests for a model by its id.");

    /// <summary>The replicas of this process, as long as they are there.</summary>
    private static readonly ConditionalWeakTable<ModelBoard, object?> Boards = new();

    private readonly TagList _tags = scope.Tags;

    static ModelMeters()
    {
        Meter.CreateObservableGauge("serve.num_multiplexed_models", static () => Boards.SelectMany(pair => pair.Key.Count()), "{model}", "Models that the replica holds or loads now.");
        Meter.CreateObservableGauge("serve.registered_multiplexed_model_id", static () => Boards.SelectMany(pair => pair.Key.Ids()), "{model}", "1 for each model that the replica holds or loads now.");
    }

    /// <summary>Counts the models of a replica from now on.</summary>
    public static void Show(ModelBoard board) => Boards.Add(board, value: null);

    public static void Hide(ModelBoard board) => Boards.Remove(board);

    public void Requested()
    {
        if (Requests.Enabled)
            Requests.Add(1, _tags);
    }

    public void Loaded(TimeSpan time)
    {
        Loads.Add(1, _tags);
        LoadLatency.Record(time.TotalSeconds, _tags);
    }

    public void Unloaded(TimeSpan time)
    {
        Unloads.Add(1, _tags);
        UnloadLatency.Record(time.TotalSeconds, _tags);
    }
}
