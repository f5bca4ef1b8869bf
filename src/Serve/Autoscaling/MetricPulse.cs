using Microsoft.Extensions.Logging;
using Serve.Wire.Control;

namespace Serve.Autoscaling;

/// <summary>Asks a replica's <see cref="IRecordMetrics"/>, and carries what is recorded to the node agent, at most four times a second. Asleep while nothing is recorded.</summary>
internal sealed partial class MetricPulse : IAsyncDisposable
{
    private static readonly TimeSpan SendInterval = TimeSpan.FromSeconds(0.25);

    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    private readonly MetricBoard _board;
    private readonly MetricBoardMeter _meter;
    private readonly Action<IReadOnlyDictionary<string, double>> _send;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<MetricPulse> _logger;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stopping = new();
    private Task _asking = Task.CompletedTask;
    private bool _isFailing;

    public MetricPulse(MetricBoard board, MetricBoardMeter meter, Action<IReadOnlyDictionary<string, double>> send, TimeProvider timeProvider, ILogger<MetricPulse> logger)
    {
        _board = board;
        _meter = meter;
        _send = send;
        _timeProvider = timeProvider;
        _logger = logger;
        _timer = timeProvider.CreateTimer(static pulse => ((MetricPulse)pulse!).Send(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        board.Subscribe(() => _timer.Change(SendInterval, Timeout.InfiniteTimeSpan));
    }

    /// <summary>The deployment is there: from now on it is asked, if it wants to be.</summary>
    public void Begin(object target)
    {
        if (target is IRecordMetrics source)
            _asking = Task.Run(() => AskAsync(source, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _timer.DisposeAsync();
        _stopping.Dispose();
    }

    private void Send()
    {
        if (_board.Take() is { Count: > 0 } values)
            _send(values);
    }

    private async Task AskAsync(IRecordMetrics source, CancellationToken stopping)
    {
        using var period = new PeriodicTimer(AskInterval, _timeProvider);
        do
        {
            await AskOnceAsync(source, stopping);
        }
        while (await period.WaitForNextTickAsync(stopping));
    }

    /// <summary>One that does not end in time is waited for all the same: there is never more than one.</summary>
    private async Task AskOnceAsync(IRecordMetrics source, CancellationToken stopping)
    {
        var begin = _timeProvider.GetTimestamp();
        using var timeout = new CancellationTokenSource(AskTimeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var late = Task.Delay(AskTimeout, _timeProvider, patience.Token);
            var asked = Task.Run(() => source.RecordMetricsAsync(both.Token).AsTask(), CancellationToken.None);
            var isLate = await Task.WhenAny(asked, late) == late;
            await patience.CancelAsync();
            if (isLate)
            {
                stopping.ThrowIfCancellationRequested();
                Fail(MetricBoardMeter.Late, exception: null);
                await ((Task)asked).WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            Take(await asked);
            _isFailing = false;
            _meter.Asked(_timeProvider.GetElapsedTime(begin));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            Fail(MetricBoardMeter.Late, exception: null);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            Fail(exception.GetType().Name, exception);
        }
    }

    private void Take(IReadOnlyDictionary<string, double>? values)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, double>())
        {
            if (CustomMetrics.WhatIsWrongWithName(name) is not null)
                _meter.Failed(MetricBoardMeter.NoName);
            else if (!_board.TryRecord(name, value))
                _board.CountRefused(value);
        }
    }

    private void Fail(string reason, Exception? exception)
    {
        _meter.Failed(reason);
        if (!_isFailing)
            LogFailed(exception, reason);
        _isFailing = true;
    }

    [LoggerMessage(EventId = 2021, Level = LogLevel.Warning, Message = "RecordMetricsAsync failed ({Reason}); this is said again only after it has succeeded")]
    private partial void LogFailed(Exception? exception, string reason);
}
