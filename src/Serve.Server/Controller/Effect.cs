using Serve.Identity;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>What a step of the controller wants done. All effects of a step are carried out together or not at all.</summary>
internal abstract record Effect;

internal sealed record WriteApplication(ApplicationRecord Record) : Effect;

internal sealed record WriteRevision(RevisionRecord Record) : Effect;

internal sealed record ForgetRevision(string Application, long Number) : Effect;

internal sealed record WriteSettings(ClusterSettings Settings) : Effect;

internal sealed record ForgetApplication(string Name) : Effect;

/// <summary>What routers must know of an application beside its deployments.</summary>
internal sealed record WriteRoutes(string Application, byte[] Routes) : Effect;

internal sealed record ForgetRoutes(string Application) : Effect;

internal sealed record WriteDeploymentRoutes(DeploymentId Deployment, byte[] Routes) : Effect;

internal sealed record ForgetDeploymentRoutes(DeploymentId Deployment) : Effect;

internal sealed record OrderProgram(string Node, DesiredProgram Program) : Effect;

internal sealed record ForgetProgram(string Node, string Application) : Effect;

internal sealed record OrderReplica(string Node, DesiredReplica Replica) : Effect;

/// <summary>The replica is gone: take its order and its status away.</summary>
internal sealed record ForgetReplica(string Node, ReplicaId Replica) : Effect;

/// <summary>Answers a request, after everything before it is durable. A null problem is success.</summary>
internal sealed record Reply(Ticket Ticket, RequestProblem? Problem) : Effect;

/// <summary>Something that an operator wants to read.</summary>
internal sealed record Note(string Subject, string Text, bool IsProblem) : Effect;

internal enum RequestProblemKind
{
    NotFound,
    Conflict,

    /// <summary>The state is not what the request takes for granted.</summary>
    PreconditionFailed,

    /// <summary>It can't be done now, but soon.</summary>
    Unavailable,
}

/// <summary>Why the controller did not do what it was asked.</summary>
internal sealed record RequestProblem(RequestProblemKind Kind, string Message);
