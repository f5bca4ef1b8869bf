using System.Text.Json.Serialization;
using Serve.Identity;

namespace Serve.Routing.Load;

/// <summary>
/// What routers have seen of one deployment: those of one process, or of one node together. Counts are of now. What is summed up over time is a total
/// since the process began, so that a report which never arrives loses nothing.
/// </summary>
/// <param name="Application">The application's name.</param>
/// <param name="Deployment">The deployment's name.</param>
internal sealed record DeploymentLoad(string Application, string Deployment)
{
    /// <summary>The requests that run on replicas.</summary>
    public int Running { get; init; }

    /// <summary>The requests that wait for a slot.</summary>
    public int Queued { get; init; }

    /// <summary>How many requests had a slot and are over. Who gave up waiting is not among them.</summary>
    public long Completed { get; init; }

    /// <summary>The running requests summed up over time, in seconds: ∫ running dt.</summary>
    public double RunningSeconds { get; init; }

    /// <summary>The waiting requests summed up over time, in seconds.</summary>
    public double QueuedSeconds { get; init; }

    /// <summary>The most that ran and waited at the same time since the last report.</summary>
    public int Peak { get; init; }

    /// <summary>Within how many seconds 95 of 100 answers began lately, the wait for a slot included; null where too few came.</summary>
    public double? LatencyP95 { get; init; }

    /// <summary>How many answers <see cref="LatencyP95"/> is taken from: its weight where several are put together.</summary>
    public long Answers { get; init; }

    /// <summary>Whether there is no router of the deployment any more, and nothing more will be told of it; if one comes back, its totals begin anew.</summary>
    public bool IsOver { get; init; }

    [JsonIgnore]
    public DeploymentId Id => new(Application, Deployment);

    [JsonIgnore]
    public int Total => Running + Queued;
}

/// <summary>The deployments whose load has changed.</summary>
/// <param name="Deployments">What is known of each.</param>
/// <param name="IsFull">Whether these are all there are: what is not among them has no load.</param>
/// <param name="IsUrgent">Whether a request waits for a deployment without a replica: it is passed on at once.</param>
internal sealed record LoadReport(IReadOnlyList<DeploymentLoad> Deployments, bool IsFull = false, bool IsUrgent = false)
{
    /// <summary>What replicas have recorded for scaling policies, on the way from a node to the leader; null for nothing.</summary>
    public IReadOnlyList<ReplicaRecord>? Recorded { get; init; }
}

/// <summary>Metrics of a replica that have new values.</summary>
/// <param name="Replica">The replica.</param>
/// <param name="Values">The values, by the metrics' names.</param>
internal sealed record ReplicaRecord(ReplicaId Replica, IReadOnlyDictionary<string, double> Values);
