using System.Diagnostics.Metrics;
using Serve.Specs.Autoscaling;
using Serve.Telemetry;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>What the autoscaler sees and wants, as gauges of the deployments that are autoscaled, read when somebody asks.</summary>
internal sealed class AutoscalingMeter : IDisposable
{
    private readonly Meter _meter = new(MeterNames.Controller);

    public AutoscalingMeter(Func<ControllerState> state, AutoscalerLoop autoscaler)
    {
        ServeMetrics.AutoscalingRequests.CreateGauge(_meter, () => Of(state(), (deployment, spec) => autoscaler.Load.Over(deployment.Id, spec.LookBackPeriod).Mean));
        ServeMetrics.AutoscalingDesired.CreateGauge(_meter, () => Of(state(), (deployment, _) => autoscaler.Decisions.Last(deployment.Id)?.Decision.Needed));
        ServeMetrics.AutoscalingTargetOngoing.CreateGauge(_meter, () => Of(state(), static (_, spec) => spec.TargetOngoingRequests));
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> Of(ControllerState state, Func<DeploymentState, AutoscalingSpec, double?> value)
    {
        foreach (var deployment in state.Applications.Values.SelectMany(static application => application.Deployments.Values))
        {
            if (deployment is { IsDeleting: false, Target.Spec.Autoscaling: { } spec } && value(deployment, spec) is { } measured)
                yield return new Measurement<double>(measured, new(TelemetryTags.Application, deployment.Id.Application), new(TelemetryTags.Deployment, deployment.Id.Name));
        }
    }
}
