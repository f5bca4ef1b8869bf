using System.Diagnostics.Metrics;

namespace Serve.Telemetry;

/// <summary>One of Serve's own metrics: what it is called, what it counts and how its series are told apart. The only way to make an instrument of Serve's.</summary>
/// <param name="Name">The instrument's name; Prometheus sees underscores, the unit and, for a counter, <c>_total</c>.</param>
/// <param name="Kind">What its numbers mean.</param>
/// <param name="Unit">The unit in UCUM's letters: s, By, 1, or what is counted in braces.</param>
/// <param name="Meaning">One sentence for the reference page and for HELP.</param>
internal sealed record MetricSpec(string Name, MetricKind Kind, string Unit, string Meaning)
{
    /// <summary>The meter that has the instrument: its place in the server.</summary>
    public required string Meter { get; init; }

    /// <summary>All tags of a series, those of the meter and those of the single measurement.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What Ray Serve calls it, or null where it has no such metric.</summary>
    public string? Ray { get; init; }

    /// <summary>The upper bounds of a histogram's buckets.</summary>
    public IReadOnlyList<double> Buckets { get; init; } = [];

    /// <summary>How many series one instrument may have; what comes beyond is counted together in one series with the label <c>otel_metric_overflow</c>.</summary>
    public int MaxSeries { get; init; } = 1;

    public Counter<long> CreateCounter(Meter meter) => meter.CreateCounter<long>(Checked(meter, MetricKind.Counter), Unit, Meaning);

    public ObservableCounter<long> CreateCounter(Meter meter, Func<long> observe) => meter.CreateObservableCounter(Checked(meter, MetricKind.Counter), observe, Unit, Meaning);

    public ObservableCounter<long> CreateCounter(Meter meter, Func<IEnumerable<Measurement<long>>> observe) =>
        meter.CreateObservableCounter(Checked(meter, MetricKind.Counter), observe, Unit, Meaning);

    public ObservableGauge<long> CreateGauge(Meter meter, Func<long> observe) => meter.CreateObservableGauge(Checked(meter, MetricKind.Gauge), observe, Unit, Meaning);

    public ObservableGauge<double> CreateGauge(Meter meter, Func<double> observe) => meter.CreateObservableGauge(Checked(meter, MetricKind.Gauge), observe, Unit, Meaning);

    /// <param name="meter">The meter.</param>
    /// <param name="observe">The series that there are now; one that is not among them any more vanishes.</param>
    public ObservableGauge<long> CreateGauge(Meter meter, Func<IEnumerable<Measurement<long>>> observe) =>
        meter.CreateObservableGauge(Checked(meter, MetricKind.Gauge), observe, Unit, Meaning);

    /// <inheritdoc cref="CreateGauge(Meter, Func{IEnumerable{Measurement{long}}})"/>
    public ObservableGauge<double> CreateGauge(Meter meter, Func<IEnumerable<Measurement<double>>> observe) =>
        meter.CreateObservableGauge(Checked(meter, MetricKind.Gauge), observe, Unit, Meaning);

    public Histogram<double> CreateHistogram(Meter meter) =>
        meter.CreateHistogram(Checked(meter, MetricKind.Histogram), Unit, Meaning, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    private string Checked(Meter meter, MetricKind kind)
    {
        if (kind != Kind || meter.Name != Meter)
            throw new InvalidOperationException($"The metric {Name} is a {Kind} of the meter {Meter}, not a {kind} of the meter {meter.Name}.");
        return Name;
    }
}
