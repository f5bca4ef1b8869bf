using Serve.Status;

namespace Serve.Admin;

/// <summary>Why an application is as it is.</summary>
internal sealed record Explanation
{
    public required string Application { get; init; }

    public required ApplicationStatus Status { get; init; }

    public required long Revision { get; init; }

    public required IReadOnlyList<Answer> Answers { get; init; }

    public required IReadOnlyList<DeploymentExplanation> Deployments { get; init; }
}

/// <summary>Why a deployment is as it is.</summary>
internal sealed record DeploymentExplanation
{
    public required string Name { get; init; }

    public required DeploymentStatus Status { get; init; }

    public required DeploymentStatusTrigger StatusTrigger { get; init; }

    /// <summary>Since when it has this status, in seconds since 1970.</summary>
    public required double SinceS { get; init; }

    public required int TargetNumReplicas { get; init; }

    /// <summary>Of the version that shall run, and in the routes.</summary>
    public required int ReadyReplicas { get; init; }

    /// <summary>How many more shall be kept ready without requests.</summary>
    public required int TargetStandbyReplicas { get; init; }

    /// <summary>Of that version, and in no route.</summary>
    public required int ReadyStandbyReplicas { get; init; }

    /// <summary>When a replica is started again, in seconds since 1970, or null where nothing waits for that.</summary>
    public required double? NextAttemptS { get; init; }

    public required IReadOnlyList<Answer> Answers { get; init; }

    /// <summary>Why each node does not take the replicas that are not placed; empty where all are.</summary>
    public required IReadOnlyList<NodeReason> Refusals { get; init; }

    /// <summary>What is awaited of replicas.</summary>
    public required IReadOnlyList<AwaitedReplica> Awaited { get; init; }
}

/// <param name="Question">What a person would ask.</param>
/// <param name="Text">The answer.</param>
internal sealed record Answer(string Question, string Text);

/// <param name="NodeId">The node.</param>
/// <param name="Reason">What keeps a replica off it, as said of the node: <c>has 0.5 of 2 CPUs free</c>.</param>
internal sealed record NodeReason(string NodeId, string Reason);

/// <param name="ReplicaId">The replica.</param>
/// <param name="NodeId">Its node.</param>
/// <param name="What">What it does now.</param>
/// <param name="SinceS">Since when it is under way, in seconds since 1970.</param>
/// <param name="AtMostS">How long it may take, in seconds.</param>
internal sealed record AwaitedReplica(string ReplicaId, string NodeId, string What, double? SinceS, double AtMostS);
