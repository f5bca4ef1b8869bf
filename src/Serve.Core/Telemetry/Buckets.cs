namespace Serve.Telemetry;

/// <summary>The buckets of Serve's histograms.</summary>
internal static class Buckets
{
    /// <summary>Ray Serve's, from a millisecond to ten minutes, in seconds.</summary>
    public static readonly IReadOnlyList<double> Latency = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1, 2, 5, 10, 60, 120, 300, 600];

    /// <summary>Numbers of items.</summary>
    public static readonly IReadOnlyList<double> Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    /// <summary>Shares of a whole.</summary>
    public static readonly IReadOnlyList<double> Shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
}
