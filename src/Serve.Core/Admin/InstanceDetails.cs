using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Serve.Status;
using Serve.Wire.Control;

namespace Serve.Admin;

/// <summary>The state of the whole server, in the shape of Ray Serve's <c>GET /api/serve/applications/</c>.</summary>
internal sealed record InstanceDetails
{
    public required ControllerDetails ControllerInfo { get; init; }

    public required string ProxyLocation { get; init; }

    /// <summary>How the proxy listens, or null where there is none.</summary>
    public JsonObject? HttpOptions { get; init; }

    public JsonObject? GrpcOptions { get; init; }

    public string DeployMode { get; init; } = "MULTI_APP";

    public required IReadOnlyDictionary<string, ProxyDetails> Proxies { get; init; }

    public required IReadOnlyDictionary<string, ApplicationDetails> Applications { get; init; }
}

/// <param name="Pid">The server's process.</param>
/// <param name="NodeId">Its node.</param>
/// <param name="Epoch">Which leader it is, counted from the first.</param>
/// <param name="Version">The version of Serve.</param>
internal sealed record ControllerDetails(int Pid, string NodeId, long Epoch, string Version);

/// <param name="NodeId">The proxy's node.</param>
/// <param name="Status">Its state.</param>
/// <param name="HttpUrl">Where it listens for HTTP.</param>
/// <param name="GrpcUrl">Where it listens for gRPC.</param>
internal sealed record ProxyDetails(string NodeId, string Status, string HttpUrl, string GrpcUrl);

internal sealed record ApplicationDetails
{
    public required string Name { get; init; }

    public required string? RoutePrefix { get; init; }

    /// <summary>Where the application's OpenAPI document is, below the proxy's address.</summary>
    public required string? DocsPath { get; init; }

    public required ApplicationStatus Status { get; init; }

    /// <summary>What it waits for or why it failed; empty where all is well.</summary>
    public required string Message { get; init; }

    /// <summary>When it was submitted last, in seconds since 1970.</summary>
    public required double LastDeployedTimeS { get; init; }

    public required JsonObject DeployedAppConfig { get; init; }

    public string Source { get; init; } = "declarative";

    /// <summary>How often it was submitted.</summary>
    public required long Revision { get; init; }

    public required IReadOnlyDictionary<string, DeploymentDetails> Deployments { get; init; }

    /// <summary>The endpoints of its ingress, below the route prefix.</summary>
    public required IReadOnlyList<RouteDescription> Routes { get; init; }
}

internal sealed record DeploymentDetails
{
    public required string Name { get; init; }

    public required DeploymentStatus Status { get; init; }

    public required DeploymentStatusTrigger StatusTrigger { get; init; }

    public required string Message { get; init; }

    public required int TargetNumReplicas { get; init; }

    public required IReadOnlyDictionary<string, double> RequiredResources { get; init; }

    public required IReadOnlyList<ReplicaDetails> Replicas { get; init; }
}

internal sealed record ReplicaDetails
{
    public required string ReplicaId { get; init; }

    public required ReplicaState State { get; init; }

    public required string NodeId { get; init; }

    public int? Pid { get; init; }

    public double? StartTimeS { get; init; }

    /// <summary>What a start is doing, or what is wrong; empty where all is well.</summary>
    public required string Message { get; init; }
}

/// <summary>The states of a replica, with the names of Ray Serve's interface.</summary>
internal enum ReplicaState
{
    STARTING,
    UPDATING,
    RUNNING,
    STOPPING,
}

/// <summary>Why a request to the admin API was refused.</summary>
/// <param name="Error">In one sentence.</param>
/// <param name="Errors">Each single thing, where there are several.</param>
internal sealed record AdminError(string Error, IReadOnlyList<string>? Errors = null);

/// <summary>The answer to an accepted request.</summary>
/// <param name="Message">What happens now.</param>
/// <param name="Warnings">What was not taken up, and why.</param>
internal sealed record AdminReply(string Message, IReadOnlyList<string>? Warnings = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(InstanceDetails))]
[JsonSerializable(typeof(ApplicationDetails))]
[JsonSerializable(typeof(AdminError))]
[JsonSerializable(typeof(AdminReply))]
internal sealed partial class AdminJson : JsonSerializerContext;
