using Serve.Server.Store.Records;
using Serve.Specs;

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
internal sealed record Deploy(Ticket Ticket, IReadOnlyList<ApplicationSpec> Applications, bool IsWhole) : ControllerRequest(Ticket);

internal sealed record DeleteApplication(Ticket Ticket, string Name) : ControllerRequest(Ticket);

internal sealed record DeleteEverything(Ticket Ticket) : ControllerRequest(Ticket);

/// <summary>A deployment shall have this many replicas.</summary>
internal sealed record ScaleDeployment(Ticket Ticket, string Application, string Deployment, int NumReplicas) : ControllerRequest(Ticket)
{
    public const int Fewest = 1;

    public const int Most = 100_000;
}

/// <summary>A node appeared, or changed.</summary>
internal sealed record NodeSeen(NodeInfo Info) : ControllerMessage;

internal sealed record NodeGone(string Node) : ControllerMessage;

internal sealed record ReplicaReported(string Node, ReplicaReport Report) : ControllerMessage;

internal sealed record ProgramReported(string Node, ProgramReport Report) : ControllerMessage;

/// <summary>A time that a wakeup asked for has come.</summary>
internal sealed record Tick : ControllerMessage;

/// <summary>Names a request that waits for its reply.</summary>
internal readonly record struct Ticket(long Number);
