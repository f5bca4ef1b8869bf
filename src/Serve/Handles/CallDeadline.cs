using Serve.Replica;

namespace Serve.Handles;

/// <summary>When a call must be over: the earliest of its own timeout, the time of the request that it is part of, and the caller's wish.</summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _request;
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;
    private readonly long _start;
    private readonly TimeSpan? _allowed;

    private CallDeadline(TimeSpan? timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        _timeProvider = timeProvider;
        _caller = caller;
        _start = timeProvider.GetTimestamp();
        var request = RequestContext.Current;
        _request = request?.Aborted ?? CancellationToken.None;
        _allowed = Shorter(timeout, request?.Remaining(timeProvider));
        if (_allowed is { } allowed)
            _timer = new CancellationTokenSource(allowed > TimeSpan.Zero ? allowed : TimeSpan.Zero, timeProvider);
        if (_timer is null && (!_request.CanBeCanceled || _request == caller))
            Token = caller;
        else if (_timer is null && !caller.CanBeCanceled)
            Token = _request;
        else
            Token = (_linked = CancellationTokenSource.CreateLinkedTokenSource([caller, _request, .. _timer is null ? default(ReadOnlySpan<CancellationToken>) : [_timer.Token]])).Token;
    }

    public CancellationToken Token { get; }

    /// <summary>The time that is left, or null where there is no limit.</summary>
    public TimeSpan? Remaining
    {
        get
        {
            if (_allowed is not { } allowed)
                return null;
            var left = allowed - _timeProvider.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Whether the time is up, and not the caller gave up.</summary>
    public bool HasPassed => _timer is { IsCancellationRequested: true } && !_caller.IsCancellationRequested && !_request.IsCancellationRequested;

    public static CallDeadline Start(TimeSpan? timeout, TimeProvider timeProvider, CancellationToken caller) => new(timeout, timeProvider, caller);

    public RequestTimeoutException ToException(string deployment, Exception cause) =>
        new($"A call to deployment '{deployment}' did not finish within its {_allowed?.TotalSeconds:0.###} s.", cause);

    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }

    private static TimeSpan? Shorter(TimeSpan? one, TimeSpan? other) => one is null ? other : other is null || one < other ? one : other;
}
