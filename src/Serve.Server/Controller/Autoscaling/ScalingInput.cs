using Serve.Specs.Autoscaling;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>All that a decision is made from.</summary>
internal sealed record ScalingInput
{
    /// <summary>The deployment's options.</summary>
    public required AutoscalingSpec Spec { get; init; }

    /// <summary>The fewest replicas, at this hour and today's target capacity.</summary>
    public required int Min { get; init; }

    /// <summary>The most.</summary>
    public required int Max { get; init; }

    /// <summary>The replicas of the target's version that take requests.</summary>
    public required int Running { get; init; }

    /// <summary>How many there shall be so far.</summary>
    public required int Target { get; init; }

    /// <summary>What there was in the look-back window.</summary>
    public required LoadFigures Load { get; init; }

    /// <summary>What there was in the last part of it, <see cref="Autoscaler.RecentWindow"/>.</summary>
    public required LoadFigures Recent { get; init; }

    /// <summary>What the last look left, or null.</summary>
    public ScalingMemory? Memory { get; init; }

    /// <summary>What the load was under for the share of the window that <c>aggregation_function</c> names, where it names one.</summary>
    public double? Percentile { get; init; }

    /// <summary>How many replicas the program's own policy wants, instead of what follows from the load; null where there is none.</summary>
    public double? Wanted { get; init; }

    /// <summary>Whether the policy has not said anything yet, or can't be asked now: <see cref="Wanted"/> is what there shall be already.</summary>
    public bool IsPolicySilent { get; init; }

    /// <summary>How many are expected to be needed in a moment, or null.</summary>
    public double? Forecast { get; init; }

    /// <summary>Whether every node has said what it has to do. Where one has not, fewer replicas only seem to be enough.</summary>
    public bool IsLoadKnown { get; init; } = true;
}
