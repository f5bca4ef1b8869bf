namespace Serve.Simulation.Autoscaling;

/// <summary>The deployment of a trial; times in seconds.</summary>
internal sealed record ServiceOptions
{
    /// <summary>How many requests a replica takes at the same time.</summary>
    public int MaxOngoing { get; init; } = 2;

    public double TargetOngoing { get; init; } = 1;

    public double MeanServiceTime { get; init; } = 0.1;

    /// <summary>From the order of a replica until it takes requests.</summary>
    public double StartTime { get; init; } = 5;

    /// <summary>Between two rounds of the control loop.</summary>
    public double Round { get; init; } = 0.1;

    /// <summary>What a request may take.</summary>
    public double Objective { get; init; } = 1;

    /// <summary>The highest rate of all shapes, in requests per second.</summary>
    public double HighestRate { get; init; } = 250;

    public int First { get; init; } = 1;

    public int Least { get; init; } = 1;
}
