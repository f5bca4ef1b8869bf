using System.Text.Json.Nodes;

namespace Serve;

/// <summary>What a policy is told of a deployment.</summary>
public sealed record AutoscalingContext
{
    /// <summary>The application's name.</summary>
    public required string Application { get; init; }

    /// <summary>The deployment's name.</summary>
    public required string Deployment { get; init; }

    /// <summary>The time at which the figures were true.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>How many replicas there shall be so far.</summary>
    public required int TargetReplicas { get; init; }

    /// <summary>The ids of the replicas that take requests, of the version that shall run.</summary>
    public IReadOnlyList<string> RunningReplicas { get; init; } = [];

    /// <summary>The fewest replicas that there may be, at today's <c>target_capacity</c>.</summary>
    public required int MinReplicas { get; init; }

    /// <summary>The most.</summary>
    public required int MaxReplicas { get; init; }

    /// <summary>How many replicas Serve's own rule would want for the load; may be a fraction.</summary>
    public double NeededForLoad { get; init; }

    /// <summary>Requests that run now.</summary>
    public int RunningRequests { get; init; }

    /// <summary>Requests that wait for a replica now.</summary>
    public int QueuedRequests { get; init; }

    /// <summary>Requests that run and wait, on average over <see cref="AutoscalingSettings.LookBackPeriod"/>.</summary>
    public double MeanRequests { get; init; }

    /// <summary>Requests that came, per second, over the same time.</summary>
    public double ArrivalsPerSecond { get; init; }

    /// <summary>Of 20 requests that ended lately 19 took no longer than this, their wait included; null where too few have ended.</summary>
    public TimeSpan? LatencyP95 { get; init; }

    /// <summary>What running replicas have recorded with <c>ReplicaContext.RecordMetric</c> or <c>IRecordMetrics</c>: by the metric's name, by the replica's id.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, RecordedMetric>> Metrics { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, RecordedMetric>>();

    /// <summary>What the policy's last advice asked to be told; null the first time, and where a new controller has taken the lead.</summary>
    public JsonNode? State { get; init; }

    /// <summary>When there were more replicas wanted the last time; null where nobody remembers.</summary>
    public DateTimeOffset? LastScaleUpAt { get; init; }

    /// <summary>When there were fewer wanted the last time; null where nobody remembers.</summary>
    public DateTimeOffset? LastScaleDownAt { get; init; }

    /// <summary>The last changes of <see cref="TargetReplicas"/>, the newest first, a few at most.</summary>
    public IReadOnlyList<ScalingStep> History { get; init; } = [];

    /// <summary>The deployment's options.</summary>
    public required AutoscalingSettings Settings { get; init; }

    /// <summary>Requests that run and wait now.</summary>
    public int TotalRequests() => RunningRequests + QueuedRequests;
}

/// <summary>A metric of a replica over the look-back period: a value holds until the replica records another.</summary>
/// <param name="Last">The last value.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Mean">The mean, weighted with time.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
public readonly record struct RecordedMetric(double Last, DateTimeOffset At, double Mean, double Min, double Max);

/// <summary>A change of the number of replicas.</summary>
/// <param name="At">When.</param>
/// <param name="From">The number before.</param>
/// <param name="To">The number after.</param>
public readonly record struct ScalingStep(DateTimeOffset At, int From, int To);

/// <summary>The options of <c>autoscaling_config</c> that hold around a policy.</summary>
/// <param name="TargetOngoingRequests">How many requests, running and waiting, there shall be for each replica.</param>
/// <param name="LookBackPeriod">The time over which figures are averaged.</param>
/// <param name="UpscaleDelay">How long more must have been wanted.</param>
/// <param name="DownscaleDelay">How long fewer must have been wanted.</param>
/// <param name="UpscalingFactor">Multiplies each step up.</param>
/// <param name="DownscalingFactor">Multiplies each step down.</param>
public sealed record AutoscalingSettings(double TargetOngoingRequests, TimeSpan LookBackPeriod, TimeSpan UpscaleDelay, TimeSpan DownscaleDelay, double UpscalingFactor, double DownscalingFactor);
