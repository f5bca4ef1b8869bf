using Serve.Server.Store.Records;

namespace Serve.Testing.Cluster;

/// <summary>A replica's process on a fake node.</summary>
internal sealed class FakeWorker(DesiredReplica desired, DateTimeOffset startedAt)
{
    /// <summary>Its order as the node saw it last.</summary>
    public DesiredReplica Desired { get; set; } = desired;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public ReplicaReport Report { get; set; } = new() { Replica = desired.Replica, Phase = ReplicaReportPhase.Starting, StartedAt = startedAt };

    /// <summary>Whether it shall end: it was told to, or its order is gone.</summary>
    public bool MustStop { get; set; } = desired.Goal == ReplicaGoal.Stop;

    /// <summary>The settings that it did not take up.</summary>
    public string? RefusedHash { get; set; }

    /// <summary>Whether its process is there.</summary>
    public bool IsAlive => Report.Phase != ReplicaReportPhase.Stopped;
}
