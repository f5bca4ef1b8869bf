using Serve.Specs.Autoscaling;
using Serve.Specs.Logging;
using Serve.Specs.Observability;

namespace Serve.Server.Store.Records;

/// <summary>What holds for all applications, as the last whole document says.</summary>
internal sealed record ClusterSettings
{
    /// <summary>The share of every deployment's size.</summary>
    public TargetCapacity Capacity { get; init; }

    /// <summary>How servers log, and replicas of which nothing else says so; or null.</summary>
    public LoggingSpec? Logging { get; init; }

    /// <summary>Where everybody pushes metrics and traces, or null where the environment says.</summary>
    public TelemetrySpec? Telemetry { get; init; }
}
