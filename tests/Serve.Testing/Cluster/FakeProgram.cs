using System.Text.Json.Nodes;
using Serve.Identity;
using Serve.Wire.Control;

namespace Serve.Testing.Cluster;

/// <summary>What starting a replica of a fake program comes to.</summary>
internal enum FakeStart
{
    Ready,

    Fails,

    /// <summary>It never becomes ready; its node ends it when its time is up.</summary>
    Hangs,
}

/// <summary>A user's program that is not there: what it says of itself, and how its replicas behave.</summary>
internal sealed class FakeProgram
{
    /// <summary>Tells one build from another.</summary>
    public required string Version { get; init; }

    public required IReadOnlyList<DeploymentDescription> Deployments { get; init; }

    /// <summary>The scaling policies that it has.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    public IReadOnlyList<string> ApplicationPolicies { get; init; } = [];

    /// <summary>Whether its node keeps its files, as it does with what it built itself.</summary>
    public bool IsKept { get; init; } = true;

    /// <summary>Why it can't be described, or null.</summary>
    public string? DescribeFailure { get; set; }

    public Func<ReplicaId, FakeStart> Start { get; set; } = static _ => FakeStart.Ready;

    /// <summary>Why a replica does not take settings up, or null.</summary>
    public Func<ReplicaSettings, string?> Reconfigure { get; set; } = static _ => null;

    public static FakeProgram Of(string version, params IReadOnlyList<DeploymentDescription> deployments) => new() { Version = version, Deployments = deployments };

    /// <param name="name">The deployment's name.</param>
    /// <param name="replicas">How many replicas its code asks for.</param>
    /// <param name="cpus">The CPUs of each.</param>
    /// <param name="gpus">The GPUs of each.</param>
    public static DeploymentDescription Ingress(string name, int replicas = 1, double cpus = 1, double gpus = 0) => Deployment(name, replicas, cpus, gpus) with { IsIngress = true };

    /// <inheritdoc cref="Ingress"/>
    public static DeploymentDescription Deployment(string name, int replicas = 1, double cpus = 1, double gpus = 0) => new(
        name,
        $"Test.{name}",
        IsIngress: false,
        new JsonObject
        {
            ["name"] = name,
            ["num_replicas"] = replicas,
            ["ray_actor_options"] = new JsonObject { ["num_cpus"] = cpus, ["num_gpus"] = gpus },
        },
        Methods: [],
        Handles: [],
        Routes: []);
}
