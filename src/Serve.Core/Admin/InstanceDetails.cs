using System.Text.Json.Nodes;

namespace Serve.Admin;

/// <summary>
/// The state of the whole server, in the shape of Ray Serve's <c>GET /api/serve/applications/</c>. What Ray has and Serve does not is null
/// or empty; what Serve adds are more keys, which Ray's clients pass over.
/// </summary>
internal sealed record InstanceDetails
{
    public required ControllerDetails ControllerInfo { get; init; }

    public required string ProxyLocation { get; init; }

    /// <summary>How the proxy listens, or null where there is none.</summary>
    public JsonObject? HttpOptions { get; init; }

    public JsonObject? GrpcOptions { get; init; }

    public string DeployMode { get; init; } = "MULTI_APP";

    /// <summary>The percentage of all replicas that shall run, or null where that was not asked for.</summary>
    public double? TargetCapacity { get; init; }

    /// <summary>The proxies, by their node.</summary>
    public required IReadOnlyDictionary<string, ProxyDetails> Proxies { get; init; }

    public required IReadOnlyDictionary<string, ApplicationDetails> Applications { get; init; }

    /// <summary>What a load balancer in front must know: for each protocol the addresses of all proxies.</summary>
    public required IReadOnlyList<TargetGroup> TargetGroups { get; init; }
}

/// <summary>Where a part of Serve runs, under the names that Ray has for its actors.</summary>
internal abstract record ActorDetails
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>Its address.</summary>
    public string? NodeIp { get; init; }

    /// <summary>Which life of the node it is.</summary>
    public string? NodeInstanceId { get; init; }

    public string? ActorId { get; init; }

    public string? ActorName { get; init; }

    /// <summary>The process, as text.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Always null: logs are read with <c>serve logs</c>.</summary>
    public string? LogFilePath { get; init; }
}

internal sealed record ControllerDetails : ActorDetails
{
    /// <summary>The server's process.</summary>
    public required int Pid { get; init; }

    /// <summary>Which leader it is, counted from the first.</summary>
    public required long Epoch { get; init; }

    /// <summary>The version of Serve.</summary>
    public required string Version { get; init; }
}

internal sealed record ProxyDetails : ActorDetails
{
    public required ProxyStatus Status { get; init; }

    /// <summary>Where it listens for HTTP.</summary>
    public required string HttpUrl { get; init; }

    /// <summary>Where it listens for gRPC.</summary>
    public required string GrpcUrl { get; init; }
}

/// <summary>The states of a proxy, with the names and numbers of Ray Serve's interface.</summary>
internal enum ProxyStatus
{
    STARTING = 1,
    HEALTHY = 2,
    UNHEALTHY = 3,
    DRAINING = 4,
    DRAINED = 5,
}

/// <param name="Targets">Where requests can go.</param>
/// <param name="RoutePrefix">The paths that they serve.</param>
/// <param name="Protocol"><c>HTTP</c> or <c>gRPC</c>.</param>
/// <param name="AppName">The application that they serve; empty for all.</param>
internal sealed record TargetGroup(IReadOnlyList<TargetAddress> Targets, string RoutePrefix, string Protocol, string AppName = "");

/// <param name="Ip">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="InstanceId">Which life of the node it is.</param>
/// <param name="Name">What listens there.</param>
internal sealed record TargetAddress(string Ip, int Port, string InstanceId, string Name);
