namespace Load.Autoscaling;

/// <summary>How much load comes over time.</summary>
/// <param name="Name">Its name on the command line and in results.</param>
/// <param name="Length">How long requests are sent.</param>
/// <param name="Highest">No rate is higher, in requests per second.</param>
/// <param name="Rate">Requests per second, at a number of seconds since the beginning.</param>
internal sealed record LoadShape(string Name, TimeSpan Length, double Highest, Func<double, double> Rate)
{
    private const double Day = 40;

    /// <summary>The shapes that the simulation has too, in seconds instead of minutes: what takes a minute there takes about two seconds here.</summary>
    private static readonly LoadShape[] All =
    [
        new("step", TimeSpan.FromSeconds(75), 150, static t => t is >= 15 and < 45 ? 150 : 10),
        new("ramp", TimeSpan.FromSeconds(80), 150, static t => 10 + (140 * Math.Max(0, 1 - Math.Abs((t / 35) - 1)))),
        new("spikes", TimeSpan.FromSeconds(80), 120, static t => t % 20 is >= 8 and < 11 ? 120 : 20),
        new("sine", TimeSpan.FromSeconds(2 * Day), 150, static t => 80 - (70 * Math.Cos(t * 2 * Math.PI / Day))),
        new("noise", TimeSpan.FromSeconds(70), 120, static t => 60 + (40 * Math.Sin(t / 3.7)) + (20 * Math.Sin(t / 1.3))),
        new("rare", TimeSpan.FromSeconds(80), 4, static t => t % 20 < 3 ? 4 : 0),
    ];

    public static LoadShape Find(string name) =>
        Array.Find(All, shape => shape.Name == name) ?? throw new ArgumentException($"There is no shape '{name}'; there are {string.Join(", ", All.Select(shape => shape.Name))}.", nameof(name));

    /// <summary>The same rate all the time.</summary>
    public static LoadShape Steady(double rate, TimeSpan length) => new("steady", length, rate, _ => rate);
}
