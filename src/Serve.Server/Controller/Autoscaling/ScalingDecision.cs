namespace Serve.Server.Controller.Autoscaling;

/// <summary>Which rule decided.</summary>
internal enum ScalingRule
{
    /// <summary>There are as many as the load needs.</summary>
    Enough,

    /// <summary>More have been needed for as long as <c>upscale_delay_s</c>.</summary>
    Up,

    /// <summary>More are needed, not yet for long enough.</summary>
    UpDelayed,

    /// <summary>Fewer have been enough for as long as the delay.</summary>
    Down,

    /// <summary>Fewer are enough, not yet for long enough.</summary>
    DownDelayed,

    /// <summary>Something is wanted and there shall be no replica at all so far: no delay holds.</summary>
    FromZero,

    /// <summary>Requests wait for the first replicas. How long they will run nobody knows, so nothing is added and nothing taken away.</summary>
    ColdStart,

    /// <summary>The bounds, the hour or the target capacity have changed.</summary>
    Bounds,

    /// <summary>Fewer seem to be enough, but not every node has said yet what it has to do.</summary>
    UnknownLoad,
}

/// <summary>What asked for the most replicas.</summary>
internal enum ScalingSignal
{
    Load,

    /// <summary><c>target_latency_p95_ms</c>.</summary>
    Latency,

    Forecast,

    /// <summary>The program's own policy.</summary>
    Policy,

    /// <summary>The program's own policy has not said anything yet, or can't be asked now: the number stays.</summary>
    SilentPolicy,
}

/// <summary>What the autoscaler made of what it saw, kept to be asked for.</summary>
internal sealed record ScalingDecision
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Which rule won.</summary>
    public required ScalingRule Rule { get; init; }

    public ScalingSignal Signal { get; init; }

    /// <summary>The number before.</summary>
    public required int Before { get; init; }

    /// <summary>The number that there shall be.</summary>
    public required int After { get; init; }

    /// <summary>How many the signal asks for, unrounded.</summary>
    public required double Needed { get; init; }

    /// <summary>How many replicas took requests.</summary>
    public required int Running { get; init; }

    public required int Min { get; init; }

    public required int Max { get; init; }

    /// <summary>When the number changes if all stays as it is, or null where it would not.</summary>
    public DateTimeOffset? NextChange { get; init; }

    /// <summary>What was seen.</summary>
    public required LoadFigures Load { get; init; }

    /// <summary>How many requests shall be there for each replica.</summary>
    public required double TargetOngoing { get; init; }
}

/// <summary>Since when more are needed, or fewer enough, without a break.</summary>
/// <param name="Since">Since when.</param>
/// <param name="IsUp">Which of the two.</param>
internal sealed record ScalingTrend(DateTimeOffset Since, bool IsUp);

/// <summary>What one look at a deployment leaves for the next.</summary>
/// <param name="Trend">The direction, or null.</param>
/// <param name="Running">How many replicas took requests.</param>
/// <param name="RunningSince">Since when so many do.</param>
internal sealed record ScalingMemory(ScalingTrend? Trend, int Running, DateTimeOffset RunningSince);
