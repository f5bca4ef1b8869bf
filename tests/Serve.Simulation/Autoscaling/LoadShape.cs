namespace Serve.Simulation.Autoscaling;

/// <summary>How much load comes over time.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Rate">Requests per second at a time since the beginning.</param>
internal sealed record LoadShape(string Name, TimeSpan Length, Func<double, double> Rate)
{
    private const double Minute = 60;

    private const double Hour = 3600;

    /// <summary>A day goes by in an hour and a half, so that four of them do not take long to try.</summary>
    private const double Day = 1.5 * Hour;

    /// <summary>How many clients there are that each wait for their answer before they ask again, at a time; null where requests come by themselves.</summary>
    public Func<double, int>? Clients { get; init; }

    /// <summary>The fewest replicas.</summary>
    public int Least { get; init; } = 1;

    /// <summary>After which time it repeats itself, for those who may know that; or null.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>The shapes that every policy is tried with. A request takes 100 ms on average, so that 10 a second keep one slot busy.</summary>
    public static IReadOnlyList<LoadShape> All { get; } =
    [
        new("step", TimeSpan.FromMinutes(40), static t => t < 5 * Minute || t > 20 * Minute ? 10 : 200),
        new("ramp", TimeSpan.FromMinutes(60), static t => 10 + (190 * Math.Max(0, 1 - Math.Abs((t / (25 * Minute)) - 1)))),
        new("spikes", TimeSpan.FromMinutes(60), static t => t % (5 * Minute) < 20 ? 150 : 20) { Period = TimeSpan.FromMinutes(5) },
        new("sine", TimeSpan.FromHours(2), static t => 100 - (90 * Math.Cos(t * 2 * Math.PI / Hour))),
        // A night with next to nothing, a steep morning, an afternoon that fades: four days, so that a forecast has seen some.
        new("daily", TimeSpan.FromSeconds(4 * Day), static t => Math.Max(0.5, 40 * Math.Pow(Math.Max(0, -Math.Cos(t * 2 * Math.PI / Day)), 3))) { Period = TimeSpan.FromSeconds(Day) },
        new("noise", TimeSpan.FromMinutes(60), static t => 60 + (40 * Math.Sin(t / 3.7)) + (20 * Math.Sin(t / 1.3))),
        new("steady", TimeSpan.FromMinutes(60), static _ => 60),
        new("clients", TimeSpan.FromMinutes(40), static t => 10 * ClientsAt(t)) { Clients = ClientsAt },
        new("rare", TimeSpan.FromHours(2), static t => t % (20 * Minute) < 5 ? 1 : 0) { Least = 0 },
    ];

    private static int ClientsAt(double seconds) => seconds < 5 * Minute || seconds > 20 * Minute ? 1 : 20;
}
