using Serve.Routing;
using Serve.Server.Node.Resources;
using Serve.Specs.Placement;

namespace Serve.Server.Node;

/// <summary>What a node agent must know of its machine.</summary>
internal sealed record NodeOptions
{
    /// <summary>What a node is called that is not told otherwise.</summary>
    public static string MachineName { get; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>The node's name in the cluster.</summary>
    public string Name { get; init; } = MachineName;

    /// <summary>The folder for what must outlive the process: programs, logs.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The folder for sockets: short, private, and empty at the start.</summary>
    public required string RunFolder { get; init; }

    /// <summary>What replicas may reserve.</summary>
    public required NodeResources Resources { get; init; }

    /// <summary>Where the node is, for routers on it.</summary>
    public RouterLocation Location => new(Name, LabelRules.ZoneOf(Resources.Labels));

    /// <summary>Where the kernel holds each worker to its share, or null.</summary>
    public WorkerCgroups? Cgroups { get; init; }

    /// <summary>Told each line that a worker writes, or null.</summary>
    public Action<string, string>? OnOutput { get; init; }
}
