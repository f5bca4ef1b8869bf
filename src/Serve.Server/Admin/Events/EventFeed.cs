using System.Globalization;
using Microsoft.Extensions.Logging;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Server.Controller.Autoscaling.Policies;

namespace Serve.Server.Admin.Events;

/// <summary>What a reader of the feed gets.</summary>
/// <param name="Events">The events from its place on.</param>
/// <param name="Next">Its next place.</param>
/// <param name="IsLost">Whether events at its place are forgotten already.</param>
internal readonly record struct EventBatch(IReadOnlyList<ServeEvent> Events, long Next, bool IsLost);

/// <summary>
/// Follows the controller and keeps the last events in a ring. Readers have a place in it and nothing else: they cost no memory, and one
/// that is too slow finds its place overwritten.
/// </summary>
internal sealed partial class EventFeed : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ServeEvent[] _ring;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private readonly long _epoch;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

    /// <param name="controller">What to follow.</param>
    /// <param name="capacity">How many events are kept.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Told of faults.</param>
    public EventFeed(ControllerActor controller, int capacity, TimeProvider timeProvider, ILogger<EventFeed> logger)
    {
        _ring = new ServeEvent[capacity];
        _timeProvider = timeProvider;
        _logger = logger;
        _epoch = controller.State.Epoch;
        var states = controller.Follow();
        _loop = Task.Run(() => FollowAsync(states));
    }

    /// <summary>Completes when no more events come.</summary>
    public Task Ended => _loop;

    /// <summary>The place behind the last event.</summary>
    public long End
    {
        get
        {
            lock (_lock)
                return _next;
        }
    }

    /// <summary>The place behind an event that a client has seen, or null where that is not known any more.</summary>
    public long? PlaceAfter(string eventId)
    {
        var parts = eventId.Split('.');
        if (parts.Length != 2 || !TryParse(parts[0], out var epoch) || !TryParse(parts[1], out var number))
            return null;
        lock (_lock)
            return epoch == _epoch && number < _next && number + 1 >= Oldest ? number + 1 : null;
    }

    /// <summary>Waits for events at a place.</summary>
    public async Task<EventBatch> ReadAsync(long place, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (place < Oldest)
                    return new EventBatch([], _next, IsLost: true);
                if (place < _next)
                    return new EventBatch([.. Range(place, _next)], _next, IsLost: false);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A scaling policy has begun to fail, or does so no more.</summary>
    public void Add(PolicyNotice notice) => Add([EventLog.Of(notice, _timeProvider.GetUtcNow())]);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private long Oldest => Math.Max(0, _next - _ring.Length);

    private IEnumerable<ServeEvent> Range(long from, long to)
    {
        for (var place = from; place < to; place++)
            yield return _ring[place % _ring.Length];
    }

    private async Task FollowAsync(System.Threading.Channels.ChannelReader<ControllerState> states)
    {
        try
        {
            ControllerState? before = null;
            await foreach (var state in states.ReadAllAsync(_stopping.Token))
            {
                if (before is not null)
                    Add(EventLog.Diff(before, state, _timeProvider.GetUtcNow()));
                before = state;
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
        catch (Exception exception)
        {
            // Nobody but those who watch depends on events; the server goes on without them.
            LogFault(exception);
        }
    }

    private void Add(IReadOnlyList<ServeEvent> events)
    {
        if (events.Count == 0)
            return;
        TaskCompletionSource changed;
        lock (_lock)
        {
            foreach (var one in events)
            {
                _ring[_next % _ring.Length] = one with { Id = string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{_next}") };
                _next++;
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }

    private static bool TryParse(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    [LoggerMessage(EventId = 6101, Level = LogLevel.Error, Message = "The feed of events has failed; there will be no more events")]
    private partial void LogFault(Exception exception);
}
