using System.Diagnostics.Metrics;
using Serve.Telemetry;

namespace Serve.Server.Telemetry;

/// <summary>What is missing from the page of metrics.</summary>
internal sealed class ExpositionMeter : IDisposable
{
    private readonly Meter _meter = new(MeterNames.Exposition);
    private long _silent;
    private long _dropped;

    public ExpositionMeter()
    {
        ServeMetrics.SilentWorkers.CreateGauge(_meter, () => Volatile.Read(ref _silent));
        ServeMetrics.DroppedFamilies.CreateGauge(_meter, () => Volatile.Read(ref _dropped));
    }

    public void Set(long silent, long dropped)
    {
        Volatile.Write(ref _silent, silent);
        Volatile.Write(ref _dropped, dropped);
    }

    public void Dispose() => _meter.Dispose();
}
