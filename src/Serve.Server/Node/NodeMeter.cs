using System.Diagnostics.Metrics;
using System.Text.Json;
using Serve.Identity;
using Serve.Server.Store.Records;
using Serve.Telemetry;

namespace Serve.Server.Node;

/// <summary>What a node agent counts of its replicas.</summary>
internal sealed class NodeMeter : IDisposable
{
    private readonly Meter _meter = new(MeterNames.Node);
    private readonly Counter<long> _starts;
    private readonly Counter<long> _failedChecks;
    private readonly Histogram<double> _startup;
    private readonly Histogram<double> _phase;
    private readonly Histogram<double> _reconfigure;
    private readonly Histogram<double> _shutdown;
    private readonly Histogram<double> _check;

    public NodeMeter()
    {
        _starts = ServeMetrics.ReplicaStarts.CreateCounter(_meter);
        _failedChecks = ServeMetrics.HealthCheckFailures.CreateCounter(_meter);
        _startup = ServeMetrics.ReplicaStartup.CreateHistogram(_meter);
        _phase = ServeMetrics.ReplicaStartPhase.CreateHistogram(_meter);
        _reconfigure = ServeMetrics.ReplicaReconfigure.CreateHistogram(_meter);
        _shutdown = ServeMetrics.ReplicaShutdown.CreateHistogram(_meter);
        _check = ServeMetrics.HealthCheckLatency.CreateHistogram(_meter);
    }

    /// <summary>Says which replicas there are, each with whether it is well, whenever somebody asks.</summary>
    public void Observe(Func<IEnumerable<(ReplicaId Replica, bool IsHealthy)>> replicas) => ServeMetrics.ReplicaHealthy.CreateGauge(
        _meter,
        () => replicas().Select(static entry => new Measurement<long>(
            entry.IsHealthy ? 1 : 0,
            new(TelemetryTags.Application, entry.Replica.Deployment.Application),
            new(TelemetryTags.Deployment, entry.Replica.Deployment.Name),
            new(TelemetryTags.Replica, entry.Replica.ToString()))));

    public void OnStart(DeploymentId deployment) => _starts.Add(1, ApplicationTag(deployment), DeploymentTag(deployment));

    public void OnReady(DeploymentId deployment, TimeSpan time) => Record(_startup, deployment, time);

    public void OnPhase(DeploymentId deployment, PhaseTime time) =>
        _phase.Record(time.Seconds, ApplicationTag(deployment), DeploymentTag(deployment), new(TelemetryTags.Phase, JsonNamingPolicy.SnakeCaseLower.ConvertName(time.Phase.ToString())));

    public void OnReconfigured(DeploymentId deployment, TimeSpan time) => Record(_reconfigure, deployment, time);

    public void OnStopped(DeploymentId deployment, TimeSpan time) => Record(_shutdown, deployment, time);

    public void OnChecked(DeploymentId deployment, TimeSpan time, bool isHealthy)
    {
        Record(_check, deployment, time);
        if (!isHealthy)
            _failedChecks.Add(1, ApplicationTag(deployment), DeploymentTag(deployment));
    }

    public void Dispose() => _meter.Dispose();

    private static void Record(Histogram<double> histogram, DeploymentId deployment, TimeSpan time) =>
        histogram.Record(time.TotalSeconds, ApplicationTag(deployment), DeploymentTag(deployment));

    private static KeyValuePair<string, object?> ApplicationTag(DeploymentId deployment) => new(TelemetryTags.Application, deployment.Application);

    private static KeyValuePair<string, object?> DeploymentTag(DeploymentId deployment) => new(TelemetryTags.Deployment, deployment.Name);
}
