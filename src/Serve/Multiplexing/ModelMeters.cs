using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Multiplexing;

/// <summary>What is measured of the models of one object.</summary>
internal sealed class ModelMeters(ReplicaScope scope)
{
    private static readonly Meter Meter = new("Serve");
    private static readonly Histogram<double> LoadLatency = Meter.CreateHistogram<double>("serve_multiplexed_model_load_latency_ms", "ms", "How long a model took to load.");
    private static readonly Histogram<double> UnloadLatency = Meter.CreateHistogram<double>("serve_multiplexed_model_unload_latency_ms", "ms", "How long a model took to unload.");
    private static readonly Counter<long> Loads = Meter.CreateCounter<long>("serve_multiplexed_models_load_counter", "{model}", "Models loaded.");
    private static readonly Counter<long> Unloads = Meter.CreateCounter<long>("serve_multiplexed_models_unload_counter", "{model}", "Models unloaded.");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("serve_multiplexed_get_model_requests_counter", "{request}", "Requests for a model, loaded or not.");

    /// <summary>The replicas of this process, as long as they are there.</summary>
    private static readonly ConditionalWeakTable<ModelBoard, object?> Boards = new();

    private readonly TagList _tags = scope.Tags;

    static ModelMeters()
    {
        Meter.CreateObservableGauge("serve_num_multiplexed_models", static () => Boards.SelectMany(pair => pair.Key.Count()), "{model}", "Models that are loaded or being loaded.");
        Meter.CreateObservableGauge("serve_registered_multiplexed_model_id", static () => Boards.SelectMany(pair => pair.Key.Ids()), "{model}", "1 for each model that is loaded or being loaded.");
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
        LoadLatency.Record(time.TotalMilliseconds, _tags);
    }

    public void Unloaded(TimeSpan time)
    {
        Unloads.Add(1, _tags);
        UnloadLatency.Record(time.TotalMilliseconds, _tags);
    }
}
