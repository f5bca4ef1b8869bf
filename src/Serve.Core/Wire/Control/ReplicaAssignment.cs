using System.Text.Json.Nodes;
using Serve.Identity;
using Serve.Routing;
using Serve.Specs.Logging;
using Serve.Specs.Observability;

namespace Serve.Wire.Control;

/// <summary>What a worker process is told to be.</summary>
internal sealed record ReplicaAssignment
{
    public required ReplicaId Replica { get; init; }

    /// <summary>The path of the unix socket to listen on.</summary>
    public required string Socket { get; init; }

    /// <summary>The application's <c>args</c>.</summary>
    public required JsonObject Args { get; init; }

    /// <summary>Where to push metrics and traces, or null where the environment says.</summary>
    public TelemetrySpec? Telemetry { get; init; }

    public required ReplicaSettings Settings { get; init; }

    /// <summary>Where the process is.</summary>
    public RouterLocation Location { get; init; } = RouterLocation.Nowhere;

    /// <summary>Where the application's deployments are reached.</summary>
    public required ApplicationRoutes Routes { get; init; }
}

/// <summary>The part of an assignment that changes in place.</summary>
/// <param name="MaxOngoingRequests">How many requests may run at the same time.</param>
/// <param name="MaxRequestBodyBytes">The largest body of an HTTP request.</param>
/// <param name="UserConfig">The free-form settings of the deployment, or null.</param>
/// <param name="Logging">How to log, or null where the program's own configuration says.</param>
internal sealed record ReplicaSettings(int MaxOngoingRequests, long MaxRequestBodyBytes, JsonNode? UserConfig, LoggingSpec? Logging = null);
