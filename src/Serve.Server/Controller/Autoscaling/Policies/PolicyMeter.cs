using System.Diagnostics.Metrics;
using Serve.Identity;
using Serve.Telemetry;

namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>What is counted of the programs' policies.</summary>
internal sealed class PolicyMeter : IDisposable
{
    private readonly Meter _meter = new(MeterNames.Controller);
    private readonly Histogram<double> _time;
    private readonly Counter<long> _failures;

    public PolicyMeter()
    {
        _time = ServeMetrics.PolicyTime.CreateHistogram(_meter);
        _failures = ServeMetrics.PolicyFailures.CreateCounter(_meter);
    }

    public void Answered(DeploymentId policy, TimeSpan time, bool hasFailed)
    {
        var application = new KeyValuePair<string, object?>(TelemetryTags.Application, policy.Application);
        var deployment = new KeyValuePair<string, object?>(TelemetryTags.Deployment, policy.Name);
        _time.Record(time.TotalSeconds, application, deployment);
        if (hasFailed)
            _failures.Add(1, application, deployment);
    }

    public void Dispose() => _meter.Dispose();
}
