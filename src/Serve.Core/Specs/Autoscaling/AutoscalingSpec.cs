namespace Serve.Specs.Autoscaling;

/// <summary>How a deployment's number of replicas follows the load, with every option decided.</summary>
internal sealed record AutoscalingSpec
{
    private const int MostOfAuto = 100;

    public int MinReplicas { get; init; } = 1;

    public int? InitialReplicas { get; init; }

    public int MaxReplicas { get; init; } = 1;

    public double TargetOngoingRequests { get; init; } = 2;

    public TimeSpan LookBackPeriod { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan UpscaleDelay { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan DownscaleDelay { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Null is <see cref="DownscaleDelay"/>.</summary>
    public TimeSpan? DownscaleToZeroDelay { get; init; }

    public double UpscalingFactor { get; init; } = 1;

    public double DownscalingFactor { get; init; } = 1;

    public AggregationFunction AggregationFunction { get; init; }

    /// <summary>The program's own policy, or null where Serve decides.</summary>
    public PolicySpec? Policy { get; init; }

    /// <summary>What 95 of 100 requests may take, or null where that does not count.</summary>
    public TimeSpan? TargetLatencyP95 { get; init; }

    public ScheduleSet Schedules { get; init; } = ScheduleSet.Empty;

    /// <summary>How the load repeats itself, or null where nothing is expected.</summary>
    public ForecastOptions? Forecast { get; init; }

    /// <summary>For how much of the window the load was not more, where <see cref="AggregationFunction"/> asks that.</summary>
    public double? PercentileShare => AggregationFunction switch
    {
        AggregationFunction.p50 => 0.5,
        AggregationFunction.p90 => 0.9,
        AggregationFunction.p95 => 0.95,
        AggregationFunction.p99 => 0.99,
        _ => null,
    };

    /// <summary>How many replicas a first deploy starts.</summary>
    public int FirstReplicas => InitialReplicas ?? MinReplicas;

    /// <summary>The bounds that one layer of options gives: those of <paramref name="below"/> where it says nothing, none where it gives a number.</summary>
    public static AutoscalingSpec? Resolve(DeploymentOptions layer, AutoscalingSpec? below) => layer switch
    {
        { Autoscaling: null, NumReplicas: null } => below,
        { Autoscaling: null, NumReplicas.IsAuto: false } => null,
        _ => From(layer.Autoscaling ?? new AutoscalingOptions(), layer.NumReplicas is { IsAuto: true }),
    };

    public static AutoscalingSpec From(AutoscalingOptions options, bool isAuto)
    {
        var defaults = new AutoscalingSpec { MaxReplicas = isAuto ? MostOfAuto : 1 };
        return defaults with
        {
            MinReplicas = options.MinReplicas ?? defaults.MinReplicas,
            InitialReplicas = options.InitialReplicas,
            MaxReplicas = options.MaxReplicas ?? defaults.MaxReplicas,
            TargetOngoingRequests = options.TargetOngoingRequests ?? defaults.TargetOngoingRequests,
            LookBackPeriod = options.LookBackPeriod ?? defaults.LookBackPeriod,
            UpscaleDelay = options.UpscaleDelay ?? defaults.UpscaleDelay,
            DownscaleDelay = options.DownscaleDelay ?? defaults.DownscaleDelay,
            DownscaleToZeroDelay = options.DownscaleToZeroDelay,
            UpscalingFactor = options.UpscalingFactor ?? options.UpscaleSmoothingFactor ?? options.SmoothingFactor ?? defaults.UpscalingFactor,
            DownscalingFactor = options.DownscalingFactor ?? options.DownscaleSmoothingFactor ?? options.SmoothingFactor ?? defaults.DownscalingFactor,
            AggregationFunction = options.AggregationFunction ?? defaults.AggregationFunction,
            Policy = PolicySpec.From(options.Policy),
            TargetLatencyP95 = options.TargetLatencyP95Ms is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            Schedules = new ScheduleSet(options.Schedules),
            Forecast = options.Forecast,
        };
    }

    /// <summary>The same as options, for those who change one of them.</summary>
    public AutoscalingOptions ToOptions() => new()
    {
        MinReplicas = MinReplicas,
        InitialReplicas = InitialReplicas,
        MaxReplicas = MaxReplicas,
        TargetOngoingRequests = TargetOngoingRequests,
        LookBackPeriod = LookBackPeriod,
        UpscaleDelay = UpscaleDelay,
        DownscaleDelay = DownscaleDelay,
        DownscaleToZeroDelay = DownscaleToZeroDelay,
        UpscalingFactor = UpscalingFactor,
        DownscalingFactor = DownscalingFactor,
        AggregationFunction = AggregationFunction,
        TargetLatencyP95Ms = TargetLatencyP95?.TotalMilliseconds,
        Schedules = Schedules.Windows,
        Forecast = Forecast,
        // The application's is no option of the deployment.
        Policy = Policy is { IsWhole: false } own ? own.ToOptions() : new(),
    };

    /// <summary>
    /// The bounds at a share of the capacity, at a time: a window of <see cref="Schedules"/> has its own. While the capacity rises, the
    /// initial number is the fewest: the new cluster shall be ready for what comes.
    /// </summary>
    public (int Min, int Max) At(TargetCapacity capacity, DateTimeOffset now)
    {
        var window = Schedules.At(now);
        var min = window?.MinReplicas ?? MinReplicas;
        var fewest = capacity.Direction == CapacityDirection.Up ? Math.Max(min, InitialReplicas ?? 0) : min;
        var most = Math.Max(capacity.Of(window?.MaxReplicas ?? MaxReplicas), capacity.Of(min));
        return (Math.Min(capacity.Of(fewest), most), most);
    }
}
