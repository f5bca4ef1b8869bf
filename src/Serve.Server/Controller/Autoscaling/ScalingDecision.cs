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

    /// <summary>Requests wait and there is no replica at all: no delay holds.</summary>
    FromZero,

    /// <summary>The bounds, or the target capacity, have changed.</summary>
    Bounds,
}

/// <summary>What the autoscaler made of what it saw, kept to be asked for.</summary>
/// <param name="At">When.</param>
/// <param name="Rule">Which rule won.</param>
/// <param name="Before">The number before.</param>
/// <param name="After">The number that there shall be.</param>
/// <param name="Desired">What the load alone would need, unrounded.</param>
/// <param name="Running">How many replicas took requests.</param>
/// <param name="Load">What was seen.</param>
internal sealed record ScalingDecision(DateTimeOffset At, ScalingRule Rule, int Before, int After, double Desired, int Running, LoadFigures Load);

/// <summary>Since when more are needed, or fewer enough, without a break.</summary>
/// <param name="Since">Since when.</param>
/// <param name="IsUp">Which of the two.</param>
internal sealed record ScalingTrend(DateTimeOffset Since, bool IsUp);
