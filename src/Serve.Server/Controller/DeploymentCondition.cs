using Serve.Status;
using static Serve.Status.DeploymentStatus;
using static Serve.Status.DeploymentStatusTrigger;

namespace Serve.Server.Controller;

/// <summary>What can happen to a deployment that its status tells of.</summary>
internal enum DeploymentEvent
{
    /// <summary>It shall be something else, or was submitted once more after it had failed.</summary>
    ConfigChanged,

    /// <summary>A person, or a program, wants more replicas of the same.</summary>
    ScaledUp,

    ScaledDown,

    /// <summary>Its load wants more replicas.</summary>
    AutoscaledUp,

    AutoscaledDown,

    /// <summary>Replicas could not start, too often.</summary>
    StartFailed,

    /// <summary>A replica that ran has crashed, was ill, or was lost with its node.</summary>
    HealthCheckFailed,

    /// <summary>All replicas are there as declared, and no others.</summary>
    Arrived,

    /// <summary>It shall go.</summary>
    Deleted,
}

/// <summary>A deployment's status, as Ray Serve's state machine has it.</summary>
/// <param name="Status">The status.</param>
/// <param name="Trigger">What led to it.</param>
/// <param name="Since">Since when.</param>
internal sealed record DeploymentCondition(DeploymentStatus Status, DeploymentStatusTrigger Trigger, DateTimeOffset Since)
{
    public static DeploymentCondition Begin(DateTimeOffset now) => new(UPDATING, CONFIG_UPDATE_STARTED, now);

    /// <summary>The condition after an event; the same one where the event changes nothing.</summary>
    public DeploymentCondition After(DeploymentEvent happened, DateTimeOffset now)
    {
        var (status, trigger) = Next(happened);
        return (status, trigger) == (Status, Trigger) && happened != DeploymentEvent.ConfigChanged ? this : new DeploymentCondition(status, trigger, now);
    }

    private (DeploymentStatus Status, DeploymentStatusTrigger Trigger) Next(DeploymentEvent happened) => (Status, happened) switch
    {
        (_, DeploymentEvent.Deleted) => (UPDATING, DELETING),
        (_, DeploymentEvent.ConfigChanged) => (UPDATING, CONFIG_UPDATE_STARTED),

        (UPDATING, DeploymentEvent.Arrived) when Trigger != DELETING => (HEALTHY, CONFIG_UPDATE_COMPLETED),
        (UPSCALING, DeploymentEvent.Arrived) => (HEALTHY, UPSCALE_COMPLETED),
        (DOWNSCALING, DeploymentEvent.Arrived) => (HEALTHY, DOWNSCALE_COMPLETED),
        (UNHEALTHY or DEPLOY_FAILED, DeploymentEvent.Arrived) => (HEALTHY, UNSPECIFIED),

        (UPDATING, DeploymentEvent.StartFailed) when Trigger != DELETING => (DEPLOY_FAILED, REPLICA_STARTUP_FAILED),
        (UPDATING, DeploymentEvent.HealthCheckFailed) when Trigger != DELETING => (DEPLOY_FAILED, HEALTH_CHECK_FAILED),
        (UPSCALING or DOWNSCALING or HEALTHY, DeploymentEvent.StartFailed) => (UNHEALTHY, REPLICA_STARTUP_FAILED),
        (UPSCALING or DOWNSCALING or HEALTHY, DeploymentEvent.HealthCheckFailed) => (UNHEALTHY, HEALTH_CHECK_FAILED),

        (UPDATING or HEALTHY, DeploymentEvent.AutoscaledUp) when Trigger != DELETING => (UPSCALING, AUTOSCALING),
        (UPDATING or HEALTHY, DeploymentEvent.AutoscaledDown) when Trigger != DELETING => (DOWNSCALING, AUTOSCALING),
        (UPSCALING or DOWNSCALING, DeploymentEvent.AutoscaledUp) when Trigger == AUTOSCALING => (UPSCALING, AUTOSCALING),
        (UPSCALING or DOWNSCALING, DeploymentEvent.AutoscaledDown) when Trigger == AUTOSCALING => (DOWNSCALING, AUTOSCALING),

        (HEALTHY or UPSCALING or DOWNSCALING, DeploymentEvent.ScaledUp) => (UPSCALING, CONFIG_UPDATE_STARTED),
        (HEALTHY or UPSCALING or DOWNSCALING, DeploymentEvent.ScaledDown) => (DOWNSCALING, CONFIG_UPDATE_STARTED),

        _ => (Status, Trigger),
    };
}
