using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Serve.Batching;
using Serve.Testing;

namespace Serve.Tests.Sdk.Batching;

/// <summary>Settings that change, and what can be seen of a batched method from outside.</summary>
public sealed class BatchConfigureTests
{
    private readonly Doubler _doubler = new();

    [Fact]
    public async Task Configure_WhileItemsWait_HoldsForThemAtOnce()
    {
        var clock = new ManualTimeProvider();
        TestQueue.Scope(clock).Attach(_doubler);
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { BatchWaitTimeout = TimeSpan.FromMinutes(1) });
        _doubler.Go.SetResult();
        var waiting = new[] { _doubler.DoubleAsync(1), _doubler.DoubleAsync(2) };
        await Eventually.TrueAsync(() => clock.PendingTimers == 1);
        _doubler.Batches.ShouldBeEmpty();
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { MaxBatchSize = 2 });
        (await Task.WhenAll(waiting).WaitAsync(Eventually.Patience)).ShouldBe([2, 4]);
        _doubler.Batches.ShouldBe(["1 2"]);
        var other = _doubler.DoubleAsync(3);
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { BatchWaitTimeout = TimeSpan.Zero });
        (await other.WaitAsync(Eventually.Patience)).ShouldBe(6);
    }

    [Fact]
    public async Task Configure_MoreConcurrentBatches_StartWhatWaits()
    {
        var first = _doubler.DoubleAsync(1);
        await Eventually.TrueAsync(() => _doubler.Batches.Count == 1);
        var second = _doubler.DoubleAsync(2);
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { MaxConcurrentBatches = 2 });
        await Eventually.TrueAsync(() => _doubler.Batches.Count == 2);
        _doubler.Go.SetResult();
        (await Task.WhenAll(first, second)).ShouldBe([2, 4]);
    }

    [Fact]
    public void Configure_OutOfRange_SaysSoAndChangesNothing()
    {
        Should.Throw<InvalidOperationException>(() => Batcher.Configure(_doubler.DoubleManyAsync, options => options with { MaxBatchSize = 0 })).Message
            .ShouldBe("[Batch] on Doubler.DoubleManyAsync: MaxBatchSize is 0; it must be at least 1.");
        Should.Throw<InvalidOperationException>(() => Batcher.Configure(_doubler.DoubleManyAsync, options => options with { MaxBatchCost = 5 })).Message
            .ShouldBe("[Batch] on Doubler.DoubleManyAsync: MaxBatchCost is 5; it goes with CostOf, which the attribute does not have.");
        Batcher.StatusOf(_doubler.DoubleManyAsync).Options.ShouldBe(new BatchOptions { MaxBatchSize = 8, MaxConcurrentBatches = 1 });
    }

    [Fact]
    public async Task StatusOf_SaysHowBusyTheMethodIs()
    {
        Batcher.StatusOf(_doubler.DoubleManyAsync).WaitingItems.ShouldBe(0);
        var running = _doubler.DoubleAsync(1);
        await Eventually.TrueAsync(() => _doubler.Batches.Count == 1);
        var waiting = new[] { _doubler.DoubleAsync(2), _doubler.DoubleAsync(3) };
        var status = Batcher.StatusOf(_doubler.DoubleManyAsync);
        (status.WaitingItems, status.RunningBatches).ShouldBe((2, 1));
        _doubler.Go.SetResult();
        await Task.WhenAll([running, .. waiting]);
        await Eventually.TrueAsync(() => Batcher.StatusOf(_doubler.DoubleManyAsync).RunningBatches == 0);
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(8, 0)]
    public void Warn_BatchesThatCannotFill_AreNamed(int maxOngoingRequests, int warnings)
    {
        using var log = new TestLog();
        BatchCheck.Warn(_doubler, maxOngoingRequests, log.CreateLogger("test"));
        log.Entries.Count(entry => entry.Level == LogLevel.Warning && entry.Message.StartsWith("The batches of Doubler.DoubleManyAsync may never be full: MaxBatchSize 8", StringComparison.Ordinal)).ShouldBe(warnings);
        log.Entries.Count.ShouldBe(warnings);
    }

    [Fact]
    public void Warn_AfterConfigure_GoesByWhatIsInForce()
    {
        using var log = new TestLog();
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { MaxBatchSize = 4 });
        BatchCheck.Warn(_doubler, 7, log.CreateLogger("test"));
        log.Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Metrics_OfABatch_TellSizeWaitUseAndReason()
    {
        var clock = new ManualTimeProvider();
        var measured = new ConcurrentQueue<(string Name, double Value, string? Reason)>();
        using var listener = Listen(measured);
        TestQueue.Scope(clock).Attach(_doubler);
        Batcher.Configure(_doubler.DoubleManyAsync, options => options with { BatchWaitTimeout = TimeSpan.FromSeconds(1) });
        var results = new[] { _doubler.DoubleAsync(1), _doubler.DoubleAsync(2) };
        await Eventually.TrueAsync(() => clock.PendingTimers == 1);
        listener.RecordObservableInstruments();
        clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _doubler.Batches.Count == 1);
        clock.Advance(TimeSpan.FromSeconds(2));
        _doubler.Go.SetResult();
        await Task.WhenAll(results);
        await Eventually.TrueAsync(() => measured.Any(one => one.Name == "serve.batch_execution_time"));
        // A queue of another test that has the same name is empty.
        measured.Where(one => one.Value > 0).Order().ShouldBe(
        [
            ("serve.actual_batch_size", 2, null),
            ("serve.batch_execution_time", 2, null),
            ("serve.batch_queue_length", 2, null),
            ("serve.batch_utilization", 0.25, null),
            ("serve.batch_wait_time", 1, null),
            ("serve.batches_processed", 1, "timeout"),
        ]);
    }

    [Fact]
    public async Task Trace_OfABatch_BelongsToTheFirstItemAndLinksTheOthers()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Serve",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var block = _doubler.DoubleAsync(0);
        await Eventually.TrueAsync(() => _doubler.Batches.Count == 1);
        using var first = new Activity("first").SetIdFormat(ActivityIdFormat.W3C).Start();
        var one = _doubler.DoubleAsync(1);
        Activity.Current = null;
        using var second = new Activity("second").SetIdFormat(ActivityIdFormat.W3C).Start();
        var other = _doubler.DoubleAsync(2);
        _doubler.Go.SetResult();
        await Task.WhenAll(block, one, other);
        await Eventually.TrueAsync(() => spans.Any(span => span.ParentSpanId == first.SpanId));
        var batch = spans.Single(span => span.ParentSpanId == first.SpanId);
        batch.TraceId.ShouldBe(first.TraceId);
        batch.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(second.SpanId);
        batch.GetTagItem("serve.batch.size").ShouldBe(2);
    }

    private static MeterListener Listen(ConcurrentQueue<(string Name, double Value, string? Reason)> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Serve.Batching")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString());
            // Other tests run at the same time.
            if (all.GetValueOrDefault("function_name") == "Doubler.DoubleManyAsync" && all.GetValueOrDefault("replica") == "app#Batched#0-0")
                measured.Enqueue((instrument.Name, value, all.GetValueOrDefault("reason")));
        }
    }

    private sealed class Doubler
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Batches { get; } = [];

        public Task<int> DoubleAsync(int number) => Batcher.RunAsync(DoubleManyAsync, number, CancellationToken.None);

        [Batch(MaxBatchSize = 8)]
        public async Task<IReadOnlyList<int>> DoubleManyAsync(IReadOnlyList<int> numbers, CancellationToken cancellationToken)
        {
            Batches.Add(string.Join(' ', numbers));
            await Go.Task;
            return [.. numbers.Select(number => 2 * number)];
        }
    }
}
