using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Serve.Replica;
using Serve.Telemetry;

namespace Serve.Multiplexing;

/// <summary>What is measured of the models of one object.</summary>
internal sealed class ModelMeters(ReplicaScope scope)
{
    private static readonly Meter Meter = new(MeterNames.Multiplexing);
    private static readonly Histogram<double> LoadLatency = ServeMetrics.ModelLoad.CreateHistogram(Meter);
    private static readonly Histogram<double> UnloadLatency = ServeMetrics.ModelUnload.CreateHistogram(Meter);
    private static readonly Counter<long> Loads = ServeMetrics.ModelLoads.CreateCounter(Meter);
    private static readonly Counter<long> Unloads = ServeMetrics.ModelUnloads.CreateCounter(Meter);
    private static readonly Counter<long> Requests = ServeMetrics.ModelRequests.CreateCounter(Meter);

    /// <summary>The replicas of this process, as long as they are there.</summary>
    private static readonly ConditionalWeakTable<ModelBoard, object?> Boards = new();

    private readonly TagList _tags = scope.Tags;

    static ModelMeters()
    {
        ServeMetrics.Models.CreateGauge(Meter, static () => Boards.SelectMany(pair => pair.Key.Count()));
        ServeMetrics.RegisteredModel.CreateGauge(Meter, static () => Boards.SelectMany(pair => pair.Key.Ids()));
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
