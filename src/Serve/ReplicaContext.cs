using Serve.Autoscaling;
using Serve.Wire.Control;

namespace Serve;

/// <summary>Which replica this is. Inject it into a deployment's constructor.</summary>
/// <param name="Application">The application's name; in embedded mode the name of the program.</param>
/// <param name="Deployment">The deployment's name.</param>
/// <param name="ReplicaId">The replica's id, unique for ever: <c>application#deployment#epoch-number</c>.</param>
/// <param name="IsEmbedded">Whether the program serves by itself, without a controller.</param>
public sealed record ReplicaContext(string Application, string Deployment, string ReplicaId, bool IsEmbedded)
{
    /// <summary>Where metrics for scaling policies go, or null where nobody scales.</summary>
    internal MetricBoard? Board { get; init; }

    /// <summary>
    /// Records something for scaling policies, which find it in <see cref="AutoscalingContext.Metrics"/> within half a second. The value holds until another one takes
    /// its place. Cheap enough for each request; from any thread. Where the program serves by itself nothing scales, and nothing happens.
    /// What is no number, and a 17th name, is left out and counted (<c>serve_record_autoscaling_stats_failed_total</c>).
    /// </summary>
    /// <param name="name">The metric's name: a letter and then letters, digits, <c>_</c> and <c>.</c>, at most 64.</param>
    /// <param name="value">Its value now.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public void RecordMetric(string name, double value)
    {
        if (Board is { } board && board.TryRecord(name, value))
            return;
        if (CustomMetrics.WhatIsWrongWithName(name) is { } problem)
            throw new ArgumentException(problem, nameof(name));
        Board?.CountRefused(value);
    }
}
