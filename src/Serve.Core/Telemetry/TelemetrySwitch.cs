namespace Serve.Telemetry;

/// <summary>Turns a process's metrics off, so that one can measure what they cost. Workers inherit it from their server.</summary>
internal static class TelemetrySwitch
{
    /// <summary><c>off</c> turns metrics off.</summary>
    public const string MetricsVariable = "SERVE_METRICS";

    public static bool MetricsAreOn { get; } = !string.Equals(Environment.GetEnvironmentVariable(MetricsVariable), "off", StringComparison.OrdinalIgnoreCase);
}
