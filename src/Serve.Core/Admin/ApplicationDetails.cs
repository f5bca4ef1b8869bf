using System.Text.Json.Nodes;
using Serve.Status;
using Serve.Wire.Control;

namespace Serve.Admin;

/// <summary>The state of an application, in the shape of Ray Serve's interface.</summary>
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

    /// <summary>What was submitted last, under the keys of the YAML.</summary>
    public required JsonObject DeployedAppConfig { get; init; }

    /// <summary>Always <c>declarative</c>: there is no other way to deploy.</summary>
    public string Source { get; init; } = DeclarativeSource;

    /// <summary>How often it was submitted.</summary>
    public required long Revision { get; init; }

    public required IReadOnlyDictionary<string, DeploymentDetails> Deployments { get; init; }

    /// <summary>Whether a program outside may scale its deployments.</summary>
    public required bool ExternalScalerEnabled { get; init; }

    /// <summary>Which deployment calls which, or null while the program was not asked yet.</summary>
    public required DeploymentTopology? DeploymentTopology { get; init; }

    /// <summary>The endpoints of its ingress, below the route prefix.</summary>
    public required IReadOnlyList<RouteDescription> Routes { get; init; }

    public const string DeclarativeSource = "declarative";

    public const string ImperativeSource = "imperative";
}

/// <param name="AppName">The application.</param>
/// <param name="Nodes">Its deployments, by name.</param>
/// <param name="IngressDeployment">The one that takes requests from outside, or null.</param>
internal sealed record DeploymentTopology(string AppName, IReadOnlyDictionary<string, TopologyNode> Nodes, string? IngressDeployment);

/// <param name="Name">The deployment.</param>
/// <param name="AppName">Its application.</param>
/// <param name="OutboundDeployments">The deployments that it has handles on.</param>
/// <param name="IsIngress">Whether it takes requests from outside.</param>
internal sealed record TopologyNode(string Name, string AppName, IReadOnlyList<OutboundDeployment> OutboundDeployments, bool IsIngress);

/// <param name="Name">The deployment that is called.</param>
/// <param name="AppName">Its application.</param>
internal sealed record OutboundDeployment(string Name, string AppName);

internal sealed record DeploymentDetails
{
    public required string Name { get; init; }

    public required DeploymentStatus Status { get; init; }

    public required DeploymentStatusTrigger StatusTrigger { get; init; }

    public required string Message { get; init; }

    /// <summary>Its options as they are in effect: the document's over the code's over the defaults.</summary>
    public required JsonObject DeploymentConfig { get; init; }

    /// <summary>How many shall serve.</summary>
    public required int TargetNumReplicas { get; init; }

    /// <summary>How many more shall be kept ready without requests.</summary>
    public required int TargetStandbyReplicas { get; init; }

    /// <summary>What each replica reserves.</summary>
    public required IReadOnlyDictionary<string, double> RequiredResources { get; init; }

    public required IReadOnlyList<ReplicaDetails> Replicas { get; init; }
}

internal sealed record ReplicaDetails : ActorDetails
{
    public required string ReplicaId { get; init; }

    public required ReplicaState State { get; init; }

    public int? Pid { get; init; }

    public double? StartTimeS { get; init; }

    /// <summary>What a start is doing, or what is wrong; empty where all is well.</summary>
    public required string Message { get; init; }

    /// <summary>Whether it is ready and in no route, to serve at once when it is needed.</summary>
    public required bool IsStandby { get; init; }

    /// <summary>How long its start took, phase by phase, in order, as far as it has come; and how long its first request.</summary>
    public required IReadOnlyList<StartPhaseTime> StartTimes { get; init; }

    /// <summary>Whether it takes requests and is what it shall be.</summary>
    public bool IsReady() => !IsStandby && State is (ReplicaState.RUNNING or ReplicaState.PENDING_MIGRATION);
}

/// <param name="Phase"><c>process</c> (until the program calls AddServe), <c>host</c>, <c>constructor</c>, <c>initialize</c>, <c>reconfigure</c>, <c>health_check</c>, <c>listen</c>, <c>first_request</c>.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record StartPhaseTime(string Phase, double Seconds);

/// <summary>The states of a replica, with the names of Ray Serve's interface.</summary>
internal enum ReplicaState
{
    STARTING,
    UPDATING,

    /// <summary>The controller is new and has not heard of it yet.</summary>
    RECOVERING,
    RUNNING,
    STOPPING,

    /// <summary>It serves, and shall move off its node, which is being emptied.</summary>
    PENDING_MIGRATION,
}
