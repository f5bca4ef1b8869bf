using Microsoft.Extensions.Logging.Abstractions;
using Serve.Autoscaling;
using Serve.Testing;

namespace Serve.Tests.Sdk.Autoscaling;

/// <summary>What replicas record for policies: the last value of each name goes to the node, four times a second at most.</summary>
public sealed class MetricBoardTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<IReadOnlyDictionary<string, double>> _sent = [];
    private readonly ReplicaContext _replica;
    private readonly MetricPulse _pulse;

    public MetricBoardTests()
    {
        var meter = new MetricBoardMeter([]);
        var board = new MetricBoard(meter);
        _replica = new ReplicaContext("app", "A", "app#A#1-1", IsEmbedded: false) { Board = board };
        _pulse = new MetricPulse(board, meter, _sent.Add, _clock, NullLogger<MetricPulse>.Instance);
    }

    public ValueTask DisposeAsync() => _pulse.DisposeAsync();

    [Fact]
    public void Record_ManyValues_TheLastIsSentOnce()
    {
        for (var i = 0; i < 100; i++)
            _replica.RecordMetric("depth", i);
        _replica.RecordMetric("gpu.memory_used", 0.5);
        _sent.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _sent.ShouldHaveSingleItem().ShouldBe(new Dictionary<string, double> { ["depth"] = 99, ["gpu.memory_used"] = 0.5 }, ignoreOrder: true);

        _replica.RecordMetric("depth", 7);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _sent[1].ShouldBe(new Dictionary<string, double> { ["depth"] = 7 });
        _clock.Advance(TimeSpan.FromHours(1));
        _sent.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("", "The name of a metric is empty.")]
    [InlineData("7th", "The name '7th' of a metric is none: it begins with a letter and has letters, digits, '_' and '.'.")]
    [InlineData("queue depth", "The name 'queue depth' of a metric is none: it begins with a letter and has letters, digits, '_' and '.'.")]
    public void Record_BadName_Throws(string name, string expected)
    {
        Should.Throw<ArgumentException>(() => _replica.RecordMetric(name, 1)).Message.ShouldStartWith(expected);
        Should.Throw<ArgumentException>(() => (_replica with { Board = null }).RecordMetric(name, 1), "also where nobody scales").Message.ShouldStartWith(expected);
    }

    [Fact]
    public void Record_NoNumberAndTooManyNames_AreLeftOutAndCounted()
    {
        using var failures = new Failures();
        _replica.RecordMetric("depth", double.NaN);
        for (var i = 0; i < 20; i++)
            _replica.RecordMetric($"m{i}", i);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _sent.ShouldHaveSingleItem().Count.ShouldBe(16);
        failures.Reasons.ShouldBe(["NoNumber", "TooMany", "TooMany", "TooMany", "TooMany"]);
    }

    [Fact]
    public void Record_WithoutAnybodyWhoScales_DoesNothing() => Should.NotThrow(() => new ReplicaContext("app", "A", "a", IsEmbedded: true).RecordMetric("depth", 1));

    [Fact]
    public async Task Hook_Values_AreAskedForEverySecond()
    {
        var source = new Source();
        _pulse.Begin(source);
        await PassAsync(() => source.Asked >= 3);
        await PassAsync(() => _sent.SelectMany(values => values).Any(pair => pair is { Key: "asked", Value: 3 }));
    }

    [Fact]
    public async Task Hook_ThrowsOrGivesWhatIsNone_IsCountedAndTheGoodValuesCount()
    {
        using var failures = new Failures();
        var source = new Source();
        source.Answers.Enqueue(_ => throw new FormatException());
        source.Answers.Enqueue(static _ => new(new Dictionary<string, double> { ["good"] = 1, ["bad name"] = 2, ["none"] = double.NaN }));
        _pulse.Begin(source);
        await PassAsync(() => source.Asked > 2 && _sent.Any(values => values.ContainsKey("asked")));
        failures.Reasons.ShouldBe(["FormatException", "NoName", "NoNumber"]);
        _sent.SelectMany(values => values.Keys).ShouldContain("good");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hook_Hangs_IsCountedAndNotAskedTwiceAtOnce(bool heedsTheToken)
    {
        using var failures = new Failures();
        var source = new Source();
        var hang = new TaskCompletionSource<IReadOnlyDictionary<string, double>>();
        source.Answers.Enqueue(cancellationToken => new(heedsTheToken ? hang.Task.WaitAsync(cancellationToken) : hang.Task));
        _pulse.Begin(source);
        await PassAsync(() => failures.Reasons.Count > 0);
        failures.Reasons.ShouldHaveSingleItem().ShouldBe("Timeout");
        if (!heedsTheToken)
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            source.Asked.ShouldBe(1);
            hang.SetResult(new Dictionary<string, double> { ["late"] = 1 });
        }

        await PassAsync(() => _sent.Any(values => values.ContainsKey("asked")));
        _sent.SelectMany(values => values.Keys).ShouldNotContain("late");
    }

    /// <summary>Lets time pass until something has come about.</summary>
    private Task PassAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        return condition();
    });

    private sealed class Source : IRecordMetrics
    {
        private int _asked;

        public Queue<Func<CancellationToken, ValueTask<IReadOnlyDictionary<string, double>>>> Answers { get; } = [];

        public int Asked => Volatile.Read(ref _asked);

        public ValueTask<IReadOnlyDictionary<string, double>> RecordMetricsAsync(CancellationToken cancellationToken)
        {
            var count = Interlocked.Increment(ref _asked);
            return Answers.TryDequeue(out var answer) ? answer(cancellationToken) : new(new Dictionary<string, double> { ["asked"] = count });
        }
    }

    /// <summary>Counts what is left out in this test.</summary>
    private sealed class Failures : IDisposable
    {
        private readonly System.Diagnostics.Metrics.MeterListener _listener = new();
        private readonly Lock _lock = new();
        private readonly List<string> _reasons = [];

        public Failures()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == Serve.Telemetry.ServeMetrics.RecordFailures.Name)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
            {
                lock (_lock)
                    _reasons.Add((string)tags[^1].Value!);
            });
            _listener.Start();
        }

        public IReadOnlyList<string> Reasons
        {
            get
            {
                lock (_lock)
                    return [.. _reasons];
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
