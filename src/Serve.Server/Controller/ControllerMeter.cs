using System.Diagnostics.Metrics;
using Serve.Telemetry;

namespace Serve.Server.Controller;

/// <summary>The controller's state as gauges, read when somebody asks: what is deleted is not there any more the next time.</summary>
internal sealed class ControllerMeter : IDisposable
{
    private const string Standby = "STANDBY";

    private static readonly string[] States = [.. Enum.GetNames<ReplicaPhase>().Select(static name => name.ToUpperInvariant()), Standby];

    private readonly Meter _meter = new(MeterNames.Controller);

    public ControllerMeter(Func<ControllerState> state)
    {
        ServeMetrics.ApplicationState.CreateGauge(_meter, () => state().Applications.Values.Select(static application =>
            new Measurement<long>((long)StatusRules.Of(application), new KeyValuePair<string, object?>(TelemetryTags.Application, application.Name))));
        ServeMetrics.DeploymentState.CreateGauge(_meter, () => OfDeployments(state(), static deployment => (long)StatusRules.Of(deployment).Status));
        ServeMetrics.TargetReplicas.CreateGauge(_meter, () => OfDeployments(state(), static deployment => deployment.IsDeleting ? 0 : deployment.Target.Spec.NumReplicas));
        ServeMetrics.ReplicasByState.CreateGauge(_meter, () => state().Applications.Values.SelectMany(static application => application.Deployments.Values).SelectMany(ReplicasOf));
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> OfDeployments(ControllerState state, Func<DeploymentState, long> value) =>
        state.Applications.Values.SelectMany(static application => application.Deployments.Values).Select(deployment =>
            new Measurement<long>(value(deployment), new(TelemetryTags.Application, deployment.Id.Application), new(TelemetryTags.Deployment, deployment.Id.Name)));

    private static IEnumerable<Measurement<long>> ReplicasOf(DeploymentState deployment) => States.Select(state => new Measurement<long>(
        deployment.Replicas.Values.Count(replica => StateOf(replica) == state),
        new(TelemetryTags.Application, deployment.Id.Application),
        new(TelemetryTags.Deployment, deployment.Id.Name),
        new(TelemetryTags.State, state)));

    private static string StateOf(ReplicaState replica) => replica is { Phase: ReplicaPhase.Running, IsStandby: true } ? Standby : replica.Phase.ToString().ToUpperInvariant();
}
