using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Serve.Telemetry.Metrics;

/// <summary>Which instruments are aggregated, and how many series each may have.</summary>
internal static class MeterRules
{
    private const string Runtime = "System.Runtime";

    /// <summary>How many series an instrument of the user's may have.</summary>
    private const int MaxSeries = 1000;

    /// <summary>
    /// How many instruments there may be in the life of a process. Each deployment that a process knows has a few of its own, and an instrument that
    /// is gone keeps its number.
    /// </summary>
    private const int MaxInstruments = 50_000;

    private static readonly FrozenDictionary<string, MetricSpec> Own = ServeMetrics.All.ToFrozenDictionary(spec => spec.Name, StringComparer.Ordinal);

    public static MeterProviderBuilder CreateBuilder(MeterScope scope)
    {
        var builder = Sdk.CreateMeterProviderBuilder().SetMaxMetricStreams(MaxInstruments).AddView(ViewOf);
        return scope == MeterScope.Program ? builder.AddMeter("*") : builder.AddMeter(MeterNames.Prefix + "*", Runtime);
    }

    private static MetricStreamConfiguration ViewOf(Instrument instrument)
    {
        var meter = instrument.Meter.Name;
        if (meter.StartsWith(MeterNames.Prefix, StringComparison.Ordinal) && Own.TryGetValue(instrument.Name, out var spec))
            return new MetricStreamConfiguration { CardinalityLimit = spec.MaxSeries };
        return IsFrameworks(meter) ? MetricStreamConfiguration.Drop : new MetricStreamConfiguration { CardinalityLimit = MaxSeries };
    }

    /// <summary>The frameworks' own meters cost time on each request and say what ours say better.</summary>
    private static bool IsFrameworks(string meter) => meter != Runtime
        && (meter.StartsWith("System.", StringComparison.Ordinal)
            || meter.StartsWith("Microsoft.", StringComparison.Ordinal)
            || meter.StartsWith("Yarp.", StringComparison.Ordinal)
            || meter.StartsWith("Private.", StringComparison.Ordinal)
            || meter.StartsWith("Experimental.", StringComparison.Ordinal)
            || meter.StartsWith("OpenTelemetry", StringComparison.Ordinal));
}
