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
        Policy = Policy?.ToOptions() ?? new(),
    };

    /// <summary>The bounds at a share of the capacity. While that rises, the initial number is the fewest: the new cluster shall be ready for what comes.</summary>
    public (int Min, int Max) At(TargetCapacity capacity)
    {
        var fewest = capacity.Direction == CapacityDirection.Up ? FirstReplicas : MinReplicas;
        return (capacity.Of(fewest), capacity.Of(MaxReplicas));
    }
}
