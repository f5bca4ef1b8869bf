using System.Diagnostics.CodeAnalysis;

namespace Serve.Status;

/// <summary>The states of an application, with the names and numbers of Ray Serve's interface. The lowest of several is the worst.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are the interface.")]
internal enum ApplicationStatus
{
    DEPLOY_FAILED = 1,
    UNHEALTHY = 2,
    NOT_STARTED = 3,
    DELETING = 4,
    DEPLOYING = 5,
    RUNNING = 6,
}

/// <summary>The states of a deployment, with the names and numbers of Ray Serve's interface. The lowest of several is the worst.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are the interface.")]
internal enum DeploymentStatus
{
    DEPLOY_FAILED = 1,
    UNHEALTHY = 2,
    UPDATING = 3,
    UPSCALING = 4,
    DOWNSCALING = 5,
    HEALTHY = 6,
}

/// <summary>Why a deployment is in its state, with the names of Ray Serve's interface.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are the interface.")]
internal enum DeploymentStatusTrigger
{
    UNSPECIFIED,
    CONFIG_UPDATE_STARTED,
    CONFIG_UPDATE_COMPLETED,
    UPSCALE_COMPLETED,
    DOWNSCALE_COMPLETED,
    AUTOSCALING,
    REPLICA_STARTUP_FAILED,
    HEALTH_CHECK_FAILED,
    INTERNAL_ERROR,
    DELETING,
}
