namespace Serve.Simulation.Autoscaling;

/// <summary>How much load comes over time.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Rate">Requests per second at a time since the beginning.</param>
internal sealed record LoadShape(string Name, TimeSpan Length, Func<double, double> Rate)
{
    private const double Minute = 60;

    private const double Hour = 3600;

    /// <summary>The shapes that every policy is tried with. A request takes 100 ms on average, so that 10 a second keep one slot busy.</summary>
    public static IReadOnlyList<LoadShape> All { get; } =
    [
        new("step", TimeSpan.FromMinutes(40), static t => t < 5 * Minute || t > 20 * Minute ? 10 : 200),
        new("ramp", TimeSpan.FromMinutes(60), static t => 10 + (190 * Math.Max(0, 1 - Math.Abs((t / (25 * Minute)) - 1)))),
        new("spikes", TimeSpan.FromMinutes(60), static t => t % (5 * Minute) < 20 ? 150 : 20),
        new("sine", TimeSpan.FromHours(2), static t => 100 - (90 * Math.Cos(t * 2 * Math.PI / Hour))),
        new("noise", TimeSpan.FromMinutes(60), static t => 60 + (40 * Math.Sin(t / 3.7)) + (20 * Math.Sin(t / 1.3))),
        new("rare", TimeSpan.FromHours(2), static t => t % (20 * Minute) < 5 ? 1 : 0),
    ];
}
