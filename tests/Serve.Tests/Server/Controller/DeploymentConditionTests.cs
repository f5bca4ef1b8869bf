using Serve.Server.Controller;
using Serve.Status;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller;

/// <summary>The transitions of Ray Serve's deployment status, one row each.</summary>
public sealed class DeploymentConditionTests
{
    [Theory]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "Arrived", "HEALTHY/CONFIG_UPDATE_COMPLETED")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "AutoscaledUp", "UPSCALING/AUTOSCALING")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "AutoscaledDown", "DOWNSCALING/AUTOSCALING")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "ScaledUp", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "ScaledDown", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "StartFailed", "DEPLOY_FAILED/REPLICA_STARTUP_FAILED")]
    [InlineData("UPDATING/CONFIG_UPDATE_STARTED", "HealthCheckFailed", "DEPLOY_FAILED/HEALTH_CHECK_FAILED")]
    [InlineData("UPDATING/DELETING", "Arrived", "UPDATING/DELETING")]
    [InlineData("UPDATING/DELETING", "StartFailed", "UPDATING/DELETING")]
    [InlineData("UPDATING/DELETING", "ConfigChanged", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPSCALING/AUTOSCALING", "Arrived", "HEALTHY/UPSCALE_COMPLETED")]
    [InlineData("DOWNSCALING/AUTOSCALING", "Arrived", "HEALTHY/DOWNSCALE_COMPLETED")]
    [InlineData("UPSCALING/AUTOSCALING", "AutoscaledDown", "DOWNSCALING/AUTOSCALING")]
    [InlineData("DOWNSCALING/AUTOSCALING", "AutoscaledUp", "UPSCALING/AUTOSCALING")]
    [InlineData("UPSCALING/AUTOSCALING", "ScaledDown", "DOWNSCALING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPSCALING/CONFIG_UPDATE_STARTED", "ScaledDown", "DOWNSCALING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPSCALING/CONFIG_UPDATE_STARTED", "AutoscaledDown", "UPSCALING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPSCALING/CONFIG_UPDATE_STARTED", "ConfigChanged", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("UPSCALING/AUTOSCALING", "StartFailed", "UNHEALTHY/REPLICA_STARTUP_FAILED")]
    [InlineData("DOWNSCALING/AUTOSCALING", "HealthCheckFailed", "UNHEALTHY/HEALTH_CHECK_FAILED")]
    [InlineData("HEALTHY/UNSPECIFIED", "ConfigChanged", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("HEALTHY/UNSPECIFIED", "ScaledUp", "UPSCALING/CONFIG_UPDATE_STARTED")]
    [InlineData("HEALTHY/UNSPECIFIED", "ScaledDown", "DOWNSCALING/CONFIG_UPDATE_STARTED")]
    [InlineData("HEALTHY/UNSPECIFIED", "AutoscaledUp", "UPSCALING/AUTOSCALING")]
    [InlineData("HEALTHY/UNSPECIFIED", "AutoscaledDown", "DOWNSCALING/AUTOSCALING")]
    [InlineData("HEALTHY/UNSPECIFIED", "HealthCheckFailed", "UNHEALTHY/HEALTH_CHECK_FAILED")]
    [InlineData("HEALTHY/UPSCALE_COMPLETED", "Arrived", "HEALTHY/UPSCALE_COMPLETED")]
    [InlineData("UNHEALTHY/HEALTH_CHECK_FAILED", "Arrived", "HEALTHY/UNSPECIFIED")]
    [InlineData("UNHEALTHY/HEALTH_CHECK_FAILED", "StartFailed", "UNHEALTHY/HEALTH_CHECK_FAILED")]
    [InlineData("UNHEALTHY/HEALTH_CHECK_FAILED", "ScaledUp", "UNHEALTHY/HEALTH_CHECK_FAILED")]
    [InlineData("UNHEALTHY/HEALTH_CHECK_FAILED", "ConfigChanged", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("DEPLOY_FAILED/REPLICA_STARTUP_FAILED", "Arrived", "HEALTHY/UNSPECIFIED")]
    [InlineData("DEPLOY_FAILED/REPLICA_STARTUP_FAILED", "HealthCheckFailed", "DEPLOY_FAILED/REPLICA_STARTUP_FAILED")]
    [InlineData("DEPLOY_FAILED/REPLICA_STARTUP_FAILED", "ConfigChanged", "UPDATING/CONFIG_UPDATE_STARTED")]
    [InlineData("DEPLOY_FAILED/REPLICA_STARTUP_FAILED", "Deleted", "UPDATING/DELETING")]
    public void After_AnEvent_IsAsRayServeHasIt(string before, string happened, string after) =>
        Text(Parse(before).After(Enum.Parse<DeploymentEvent>(happened), Now.AddMinutes(1))).ShouldBe(after);

    [Fact]
    public void After_NothingChanged_KeepsItsTime() =>
        Parse("HEALTHY/UNSPECIFIED").After(DeploymentEvent.Arrived, Now.AddMinutes(1)).Since.ShouldBe(Now);

    [Fact]
    public void After_AnotherConfigWhileUpdating_CountsFromNow() =>
        Parse("UPDATING/CONFIG_UPDATE_STARTED").After(DeploymentEvent.ConfigChanged, Now.AddMinutes(1)).Since.ShouldBe(Now.AddMinutes(1));

    private static DeploymentCondition Parse(string text)
    {
        var parts = text.Split('/');
        return new DeploymentCondition(Enum.Parse<DeploymentStatus>(parts[0]), Enum.Parse<DeploymentStatusTrigger>(parts[1]), Now);
    }

    private static string Text(DeploymentCondition condition) => $"{condition.Status}/{condition.Trigger}";
}
