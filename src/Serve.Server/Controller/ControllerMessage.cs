using Serve.Identity;
using Serve.Server.Controller.Autoscaling;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Logging;
using Serve.Specs.Observability;

namespace Serve.Server.Controller;

/// <summary>What the controller reacts to.</summary>
internal abstract record ControllerMessage;

/// <summary>A message whose sender waits for a <see cref="Reply"/>.</summary>
internal abstract record ControllerRequest(Ticket Ticket) : ControllerMessage
{
    /// <summary>What must hold when the request's turn comes, or null; otherwise it is refused and changes nothing.</summary>
    public Precondition? Precondition { get; init; }
}

/// <summary>These applications shall run. With <paramref name="IsWhole"/> all others shall not.</summary>
/// <param name="Ticket">Names the request.</param>
/// <param name="Applications">The applications.</param>
/// <param name="IsWhole">Whether these are all that shall be there.</param>
/// <param name="By">Who asks, where that is known.</param>
internal sealed record Deploy(Ticket Ticket, IReadOnlyList<ApplicationSpec> Applications, bool IsWhole, string? By = null) : ControllerRequest(Ticket)
{
    /// <summary>What the document says of all applications together; null leaves that as it is.</summary>
    public ClusterOptions? Cluster { get; init; }
}

/// <summary>What a document says of all applications together.</summary>
/// <param name="TargetCapacity">The share of every deployment's size, in percent.</param>
/// <param name="Logging">How replicas log of which nothing else says so.</param>
/// <param name="Telemetry">Where everybody pushes metrics and traces, or null where the environment says.</param>
internal sealed record ClusterOptions(double? TargetCapacity, LoggingSpec? Logging, TelemetrySpec? Telemetry = null);

/// <summary>An application shall be again as one of its revisions declared it.</summary>
/// <param name="Ticket">Names the request.</param>
/// <param name="Name">The application.</param>
/// <param name="To">The revision, or null for the last one before the current that was running.</param>
/// <param name="By">Who asks, where that is known.</param>
internal sealed record RollBack(Ticket Ticket, string Name, long? To, string? By = null) : ControllerRequest(Ticket);

internal sealed record DeleteApplication(Ticket Ticket, string Name) : ControllerRequest(Ticket);

internal sealed record DeleteEverything(Ticket Ticket) : ControllerRequest(Ticket);

/// <summary>A deployment shall have this many replicas.</summary>
/// <param name="Ticket">Names the request.</param>
/// <param name="Application">The application.</param>
/// <param name="Deployment">Its deployment.</param>
/// <param name="NumReplicas">How many replicas it shall have.</param>
/// <param name="By">Who asks, where that is known.</param>
internal sealed record ScaleDeployment(Ticket Ticket, string Application, string Deployment, int NumReplicas, string? By = null) : ControllerRequest(Ticket)
{
    public const int Fewest = 0;

    public const int Most = 100_000;

    /// <summary>Whether a program outside asks, which the application must allow; else an operator does.</summary>
    public bool IsByScaler { get; init; }
}

/// <summary>The load of a deployment wants another number of replicas.</summary>
/// <param name="Ticket">Names the request.</param>
/// <param name="Deployment">The deployment.</param>
/// <param name="From">The number that was seen when this was decided.</param>
/// <param name="To">The number that there shall be.</param>
/// <param name="Rule">What decided.</param>
internal sealed record Autoscale(Ticket Ticket, DeploymentId Deployment, int From, int To, ScalingRule Rule) : ControllerRequest(Ticket);

/// <summary>A node appeared, or changed.</summary>
internal sealed record NodeSeen(NodeInfo Info) : ControllerMessage;

internal sealed record NodeGone(string Node) : ControllerMessage;

internal sealed record ReplicaReported(string Node, ReplicaReport Report) : ControllerMessage;

internal sealed record ProgramReported(string Node, ProgramReport Report) : ControllerMessage;

/// <summary>A time that a wakeup asked for has come.</summary>
internal sealed record Tick : ControllerMessage;

/// <summary>Time to see whether a node can be emptied.</summary>
internal sealed record Compact : ControllerMessage;

/// <summary>Names a request that waits for its reply.</summary>
internal readonly record struct Ticket(long Number);
