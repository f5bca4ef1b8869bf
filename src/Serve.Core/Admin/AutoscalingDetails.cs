namespace Serve.Admin;

/// <summary>What a deployment has to do, and with how many replicas it does it.</summary>
internal sealed record DeploymentLoadDetails
{
    public required string Application { get; init; }

    public required string Deployment { get; init; }

    /// <summary>Requests that run now.</summary>
    public required double Running { get; init; }

    /// <summary>Requests that wait for a replica now.</summary>
    public required double Queued { get; init; }

    /// <summary>Running and waiting, on average over the window.</summary>
    public required double MeanOngoing { get; init; }

    /// <summary>Requests that came, per second over the window.</summary>
    public required double ArrivalsPerS { get; init; }

    /// <summary>Requests that ended, per second over the window.</summary>
    public required double CompletionsPerS { get; init; }

    /// <summary>The latency that 95 of 100 requests keep under, their wait included; null where too few came.</summary>
    public required double? LatencyP95S { get; init; }

    /// <summary>The window, in seconds: <c>look_back_period_s</c>.</summary>
    public required double WindowS { get; init; }

    /// <summary>Replicas of the version that shall run which take requests.</summary>
    public required int ReplicasReady { get; init; }

    /// <summary>Replicas of that version which are ready and take none, until they are needed.</summary>
    public required int ReplicasStandby { get; init; }

    public required int ReplicasStarting { get; init; }

    /// <summary>How many replicas there shall be.</summary>
    public required int ReplicasTarget { get; init; }

    /// <summary>The fewest at this time, or null where the number is fixed.</summary>
    public required int? ReplicasMin { get; init; }

    /// <summary>The most at this time, or null where the number is fixed.</summary>
    public required int? ReplicasMax { get; init; }

    /// <summary>The rule that decided last, or null where the number is fixed.</summary>
    public required string? Rule { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string? Reason { get; init; }
}

/// <param name="AtS">When this was seen, in seconds since 1970.</param>
/// <param name="Deployments">All deployments.</param>
internal sealed record ClusterLoad(double AtS, IReadOnlyList<DeploymentLoadDetails> Deployments);

/// <summary>How a deployment's number of replicas follows its load.</summary>
internal sealed record AutoscalingDetails
{
    public required DeploymentLoadDetails Load { get; init; }

    /// <summary>What the autoscaler makes of it now, or null where the number is fixed.</summary>
    public required ScalingDecisionDetails? Now { get; init; }

    /// <summary>The program's own policy that decides, or null where Serve does.</summary>
    public required PolicyDetails? Policy { get; init; }

    /// <summary>When the number changes if the load stays as it is, in seconds since 1970; null where it would not.</summary>
    public required double? NextChangeS { get; init; }

    /// <summary>The last decisions, the newest first: those that changed the number are kept longer than those that did not.</summary>
    public required IReadOnlyList<ScalingDecisionDetails> Decisions { get; init; }
}

/// <summary>One decision with what it was made from.</summary>
internal sealed record ScalingDecisionDetails
{
    /// <summary>When it was made first, in seconds since 1970.</summary>
    public required double AtS { get; init; }

    /// <summary>When it was made last: what is decided again and again is kept once.</summary>
    public required double UntilS { get; init; }

    /// <summary>How often in a row.</summary>
    public required long Times { get; init; }

    /// <summary>The rule that won.</summary>
    public required string Rule { get; init; }

    /// <summary>What asked for most.</summary>
    public required string Signal { get; init; }

    public required int Before { get; init; }

    public required int After { get; init; }

    /// <summary>How many replicas the signal asks for, before rounding, factors and bounds.</summary>
    public required double Needed { get; init; }

    /// <summary>How many replicas took requests.</summary>
    public required int ReplicasReady { get; init; }

    public required int ReplicasMin { get; init; }

    public required int ReplicasMax { get; init; }

    public required double Running { get; init; }

    public required double Queued { get; init; }

    public required double MeanOngoing { get; init; }

    public required double ArrivalsPerS { get; init; }

    public required double CompletionsPerS { get; init; }

    public required double? LatencyP95S { get; init; }

    /// <summary>All of it in a sentence.</summary>
    public required string Reason { get; init; }
}

/// <summary>The program's own scaling policy.</summary>
internal sealed record PolicyDetails
{
    /// <summary>The full name of its class.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it decides for all deployments of the application together.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>How many replicas it wanted last; null where it has not said so, can't be asked now, or leaves the deployment to Serve.</summary>
    public required double? Wanted { get; init; }

    /// <summary>When it last gave good advice, in seconds since 1970, or null.</summary>
    public required double? AtS { get; init; }

    /// <summary>Why the last question brought none, or null.</summary>
    public required string? Failure { get; init; }

    /// <summary>Since when it gives none, in seconds since 1970, or null.</summary>
    public required double? FailingSinceS { get; init; }
}
