using System.Net;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Node.Resources;
using Serve.Specs;
using Serve.Telemetry.Logs;

namespace Serve.Server.Hosting;

/// <summary>What a server process needs to start.</summary>
internal sealed record ServeServerOptions
{
    /// <summary>Which parts run.</summary>
    public ServerRole Role { get; init; }

    /// <summary>Where a node finds its controller: a data folder or a socket. Without it the controller has the same data folder.</summary>
    public string? Join { get; init; }

    /// <summary>The node's name in the cluster, or null for the machine's.</summary>
    public string? NodeName { get; init; }

    /// <summary>The folder for everything that must survive the process.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Whether a proxy runs.</summary>
    public bool HasProxy { get; init; } = true;

    /// <summary>How the proxy listens for HTTP.</summary>
    public required HttpOptions Http { get; init; }

    /// <summary>How the proxy listens for gRPC.</summary>
    public required GrpcOptions Grpc { get; init; }

    /// <summary>The IP address of the admin API.</summary>
    public required string AdminHost { get; init; }

    /// <summary>The port of the admin API; 0 takes a free one.</summary>
    public required int AdminPort { get; init; }

    /// <summary>Where the page of metrics is served beside the admin API, or null for only there.</summary>
    public IPEndPoint? MetricsAddress { get; init; }

    /// <summary>What the operator says of this node's resources.</summary>
    public NodeResourceOptions Node { get; init; } = new();

    /// <summary>The cgroup below which each worker gets one of its own, or null.</summary>
    public string? Cgroup { get; init; }

    /// <summary>How replicas are laid on nodes.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>How this process logs, for the document to say otherwise.</summary>
    public LogControl Log { get; init; } = new(spec: null);

    /// <summary>Told each line that a worker writes, with the worker's name; or null.</summary>
    public Action<string, string>? OnOutput { get; init; }
}
