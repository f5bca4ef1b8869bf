using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serve.Server.Controller.Scheduling;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Controller;

/// <summary>
/// The controller's body: a mailbox with one reader. Messages that wait are reduced together and their effects written at once;
/// a state is shown, and a request answered, only when it is durable.
/// </summary>
internal sealed partial class ControllerActor : IAsyncDisposable
{
    private const int MaxBatch = 256;

    private readonly Channel<ControllerMessage> _mailbox = Channel.CreateBounded<ControllerMessage>(new BoundedChannelOptions(16_384) { SingleReader = true });
    private readonly ConcurrentDictionary<Ticket, TaskCompletionSource<RequestProblem?>> _requests = new();
    private readonly List<Channel<ControllerState>> _followers = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ControllerTerm _term;
    private readonly StoreFollower _nodes;
    private readonly CompactionTimer? _compaction;
    private readonly Task _loop;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextTicket;
    private bool _hasEnded;

    private ControllerActor(IClusterStore store, ControllerTerm term, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _term = term;
        _timeProvider = timeProvider;
        _logger = loggers.CreateLogger<ControllerActor>();
        term.OnFault = OnFault;
        _loop = Task.Run(() => RunAsync(_stopping.Token));
        _nodes = StoreFollower.StartFrom(term.Known, store, ClusterKeys.Nodes, PostStatusAsync, timeProvider, loggers.CreateLogger<StoreFollower>());
        if (term.State.Scheduling.CompactionPeriod is { } period)
            _compaction = new CompactionTimer(period, cancellationToken => _mailbox.Writer.WriteAsync(new Compact(), cancellationToken), timeProvider);
    }

    /// <summary>The last state that is durable.</summary>
    public ControllerState State => _term.State;

    /// <summary>The time as the controller counts it.</summary>
    public DateTimeOffset Now => _term.Now;

    /// <summary>Completes when the controller can't go on: another one leads, or it met a fault of its own.</summary>
    public Task Ended => _loop;

    /// <summary>Takes the lead and goes on where the last controller stopped.</summary>
    /// <exception cref="InvalidOperationException">Another controller leads.</exception>
    public static async Task<ControllerActor> StartAsync(
        IClusterStore store, long maxRequestBodyBytes, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken, SchedulingOptions? scheduling = null)
    {
        var term = await ControllerTerm.BeginAsync(store, maxRequestBodyBytes, timeProvider, loggers, Reducer.Reduce, scheduling, cancellationToken);
        return new ControllerActor(store, term, timeProvider, loggers);
    }

    /// <summary>Hands a request in and waits until it is durable.</summary>
    /// <returns>Why it was refused, or null.</returns>
    /// <exception cref="InvalidOperationException">The controller has ended.</exception>
    public async Task<RequestProblem?> AskAsync(Func<Ticket, ControllerMessage> message, CancellationToken cancellationToken)
    {
        var ticket = new Ticket(Interlocked.Increment(ref _nextTicket));
        var reply = new TaskCompletionSource<RequestProblem?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests[ticket] = reply;
        try
        {
            await _mailbox.Writer.WriteAsync(message(ticket), cancellationToken);
            return await reply.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _requests.TryRemove(ticket, out _);
        }
    }

    /// <summary>Waits until the state is as wanted.</summary>
    public async Task<ControllerState> WaitForAsync(Func<ControllerState, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            var state = State;
            if (condition(state))
                return state;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The last durable state and each one after it, in order. A reader that falls behind loses the oldest; the controller never waits
    /// for it. It sees the end when the controller has ended.
    /// </summary>
    public ChannelReader<ControllerState> Follow()
    {
        const int MaxBehind = 1024;
        var follower = Channel.CreateBounded<ControllerState>(new BoundedChannelOptions(MaxBehind) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });
        lock (_followers)
        {
            _followers.Add(follower);
            follower.Writer.TryWrite(State);
            if (_hasEnded)
                follower.Writer.TryComplete();
        }

        return follower.Reader;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_compaction is not null)
            await _compaction.DisposeAsync();
        await _nodes.DisposeAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await HandleMessagesAsync(cancellationToken);
        }
        finally
        {
            // Whoever waits for an answer would wait for ever.
            var end = new InvalidOperationException("The controller has ended.");
            _mailbox.Writer.TryComplete(end);
            foreach (var request in _requests.Values)
                request.TrySetException(end);
            Volatile.Read(ref _changed).TrySetException(end);
            lock (_followers)
            {
                _hasEnded = true;
                _followers.ForEach(static follower => follower.Writer.TryComplete());
            }
        }
    }

    private async Task HandleMessagesAsync(CancellationToken cancellationToken)
    {
        while (await WaitForWorkAsync(cancellationToken))
        {
            if (await _term.HandleAsync(TakeMessages(), cancellationToken) is not { } replies)
            {
                LogDeposed(State.Epoch);
                return;
            }

            Publish(State);
            foreach (var reply in replies)
            {
                if (_requests.TryRemove(reply.Ticket, out var request))
                    request.TrySetResult(reply.Problem);
            }

            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    /// <summary>A follower that came meanwhile sees the state twice, which tells it nothing.</summary>
    private void Publish(ControllerState state)
    {
        lock (_followers)
            _followers.ForEach(follower => follower.Writer.TryWrite(state));
    }

    private IEnumerable<ControllerMessage> TakeMessages()
    {
        for (var i = 0; i < MaxBatch && _mailbox.Reader.TryRead(out var message); i++)
            yield return message;
    }

    private void OnFault(ControllerMessage message, Exception exception)
    {
        LogFault(exception, message.GetType().Name);
        if (message is ControllerRequest { Ticket: var ticket } && _requests.TryRemove(ticket, out var request))
            request.TrySetException(exception);
    }

    /// <summary>Waits for a message or for the next time that the state asks for.</summary>
    private async Task<bool> WaitForWorkAsync(CancellationToken cancellationToken)
    {
        if (State.Wakeups.IsEmpty)
            return await _mailbox.Reader.WaitToReadAsync(cancellationToken);
        var delay = State.Wakeups.Min.At - _term.Now;
        if (delay <= TimeSpan.Zero)
            return true;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var message = _mailbox.Reader.WaitToReadAsync(timer.Token).AsTask();
        var time = Task.Delay(delay, _timeProvider, timer.Token);
        await Task.WhenAny(message, time);
        await timer.CancelAsync();
        await Task.WhenAll(message, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return true;
    }

    private async ValueTask PostStatusAsync(string key, byte[]? value, CancellationToken cancellationToken)
    {
        if (NodeMessages.Read(key, value) is { } message)
            await _mailbox.Writer.WriteAsync(message, cancellationToken);
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "Another controller leads now; epoch {Epoch} is over")]
    private partial void LogDeposed(long epoch);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Error, Message = "The controller could not handle {Message}")]
    private partial void LogFault(Exception exception, string message);
}
