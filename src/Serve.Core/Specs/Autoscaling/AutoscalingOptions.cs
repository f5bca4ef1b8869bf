using Serve.Specs.Parsing;

namespace Serve.Specs.Autoscaling;

/// <summary>The bounds in which a deployment's number of replicas moves, and how it follows the load; each part optional.</summary>
internal sealed record AutoscalingOptions
{
    private const int MaxSchedules = 50;

    [Key("min_replicas", "The fewest replicas; 0 lets the deployment go away while nobody needs it.", Minimum = 0, Maximum = 100_000)]
    public int? MinReplicas { get; init; }

    [Key("initial_replicas", "How many replicas a first deploy starts; min_replicas where it is not set. While target_capacity rises it is the fewest too.", Minimum = 0, Maximum = 100_000)]
    public int? InitialReplicas { get; init; }

    [Key("max_replicas", "The most replicas; 100 with num_replicas: auto.", Minimum = 1, Maximum = 100_000)]
    public int? MaxReplicas { get; init; }

    [Key("target_ongoing_requests", "How many requests, running and waiting, there shall be for each replica on average.", Unit = "requests", Minimum = 0, ExclusiveMinimum = true)]
    public double? TargetOngoingRequests { get; init; }

    [Key("look_back_period_s", "The window over which the load is averaged.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? LookBackPeriod { get; init; }

    [Key("upscale_delay_s", "How long more replicas must have been needed before there are more.", Minimum = 0)]
    public TimeSpan? UpscaleDelay { get; init; }

    [Key("downscale_delay_s", "How long fewer replicas must have been enough before there are fewer.", Minimum = 0)]
    public TimeSpan? DownscaleDelay { get; init; }

    [Key("downscale_to_zero_delay_s", "The same for the step from one replica to none; downscale_delay_s where it is not set.", Minimum = 0)]
    public TimeSpan? DownscaleToZeroDelay { get; init; }

    [Key("upscaling_factor", "Multiplies each step up: more than 1 goes further, less goes gently.", Minimum = 0, ExclusiveMinimum = true)]
    public double? UpscalingFactor { get; init; }

    [Key("downscaling_factor", "Multiplies each step down.", Minimum = 0, ExclusiveMinimum = true)]
    public double? DownscalingFactor { get; init; }

    [Key("aggregation_function", "What is taken of the window: the mean, the most, the least, or what the load was under for 50, 90, 95 or 99 percent of the time.")]
    public AggregationFunction? AggregationFunction { get; init; }

    [Key("target_latency_p95_ms", "The latency that 95 of 100 requests shall keep under, their wait included: where they do not, there are more replicas, as far as more can help. Beside target_ongoing_requests; the one that asks for more wins.", Unit = "milliseconds", Minimum = 0, ExclusiveMinimum = true, RayDefault = "no such key", Differs = "what clients notice is time, not the number of requests")]
    public double? TargetLatencyP95Ms { get; init; }

    [Key("schedules", "Other bounds for some hours. Of windows that overlap the one that stands last holds.", RayDefault = "no such key", Differs = "who knows when the load comes need not wait for it")]
    public IReadOnlyList<ScheduleOptions> Schedules { get; init; } = [];

    [Key("forecast", "Starts replicas before a load comes that repeats itself. Off where it is not set.", RayDefault = "no such key", Differs = "a replica that takes a minute to start is late for a load that comes every morning")]
    public ForecastOptions? Forecast { get; init; }

    [Key("policy", "Who decides.")]
    public PolicyOptions Policy { get; init; } = new();

    [Key("upscale_smoothing_factor", "The former name of upscaling_factor.", Minimum = 0, ExclusiveMinimum = true, Deprecated = "write upscaling_factor")]
    public double? UpscaleSmoothingFactor { get; init; }

    [Key("downscale_smoothing_factor", "The former name of downscaling_factor.", Minimum = 0, ExclusiveMinimum = true, Deprecated = "write downscaling_factor")]
    public double? DownscaleSmoothingFactor { get; init; }

    [Key("smoothing_factor", "The former name of both factors together.", Minimum = 0, ExclusiveMinimum = true, Deprecated = "write upscaling_factor and downscaling_factor")]
    public double? SmoothingFactor { get; init; }

    /// <summary>What no single key can tell.</summary>
    /// <param name="isAuto">Whether <c>num_replicas: auto</c> stands beside it.</param>
    public IEnumerable<(string Key, string Message)> WhatIsWrong(bool isAuto)
    {
        foreach (var (key, message) in Policy.WhatIsWrong(nameof(IAutoscalingPolicy)))
            yield return ($"policy.{key}", message);
        var spec = AutoscalingSpec.From(this, isAuto);
        if (spec.MinReplicas > spec.MaxReplicas)
        {
            var most = MaxReplicas is null ? $"the default {spec.MaxReplicas} of max_replicas; set that too" : $"max_replicas, which is {spec.MaxReplicas}";
            yield return ("min_replicas", $"{spec.MinReplicas} is more than {most}.");
        }
        else if (spec.InitialReplicas is { } initial && (initial < spec.MinReplicas || initial > spec.MaxReplicas))
        {
            yield return ("initial_replicas", $"{initial} is not between min_replicas ({spec.MinReplicas}) and max_replicas ({spec.MaxReplicas}).");
        }
        else if (Schedules.Count > MaxSchedules)
        {
            yield return ("schedules", $"there are {Schedules.Count} windows; the most is {MaxSchedules}.");
        }
        else
        {
            for (var i = 0; i < Schedules.Count; i++)
            {
                if (Schedules[i].WhatIsWrong(spec) is var (key, message))
                    yield return ($"schedules[{i}].{key}", message);
            }
        }
    }
}

#pragma warning disable CA1707, IDE1006 // The names are those of the document.
/// <summary>What is taken of the load in a window.</summary>
internal enum AggregationFunction
{
    mean,
    max,
    min,
    p50,
    p90,
    p95,
    p99,
}
#pragma warning restore CA1707, IDE1006
