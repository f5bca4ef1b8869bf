using System.Diagnostics.CodeAnalysis;
using Serve.Replica;

namespace Serve.Handles;

/// <summary>
/// When a call must be over: the earliest of its own timeout, the time of the request that it is part of, and the caller's wish.
/// Where nothing can end it, or one token says it all, it costs nothing.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It is disposable; the rule does not see it of a struct.")]
internal readonly struct CallDeadline : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _request;
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;
    private readonly long _start;
    private readonly TimeSpan? _allowed;

    private CallDeadline(TimeSpan? timeout, TimeProvider timeProvider, RequestContext? request, CancellationToken caller, CancellationToken stop)
    {
        _timeProvider = timeProvider;
        _caller = caller;
        _request = request?.Aborted ?? CancellationToken.None;
        var requestLeft = request?.Remaining(timeProvider);
        _allowed = requestLeft is null || timeout < requestLeft ? timeout : requestLeft;
        if (_allowed is { } allowed)
        {
            _start = timeProvider.GetTimestamp();
            // Whoever took the request cancels it when its time is up.
            if (allowed != requestLeft || !_request.CanBeCanceled)
                _timer = new CancellationTokenSource(allowed > TimeSpan.Zero ? allowed : TimeSpan.Zero, timeProvider);
        }

        (Token, _linked) = Link(caller, _request == caller ? default : _request, stop, _timer?.Token ?? default);
    }

    /// <summary>Cancelled when the call must end.</summary>
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

    /// <summary>The timestamp at which the time is up, or null where there is no limit.</summary>
    public long? End => _allowed is { } allowed ? _start + (long)(allowed.TotalSeconds * _timeProvider.TimestampFrequency) : null;

    /// <summary>Whether the time is up, and not the caller gave up.</summary>
    public bool HasPassed =>
        _allowed is not null
        && (!_caller.IsCancellationRequested || _caller == _request)
        && (_timer is { IsCancellationRequested: true } || Remaining == TimeSpan.Zero);

    /// <param name="timeout">The call's own time, or null.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="request">The request that the call is part of, or null.</param>
    /// <param name="caller">The caller's token.</param>
    /// <param name="stop">Another token that ends the call.</param>
    public static CallDeadline Start(TimeSpan? timeout, TimeProvider timeProvider, RequestContext? request, CancellationToken caller, CancellationToken stop) =>
        new(timeout, timeProvider, request, caller, stop);

    public RequestTimeoutException ToException(string deployment, Exception? cause) =>
        new($"A call to deployment '{deployment}' did not finish within its {_allowed?.TotalSeconds:0.###} s.", cause);

    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }

    private static (CancellationToken Token, CancellationTokenSource? Source) Link(CancellationToken a, CancellationToken b, CancellationToken c, CancellationToken d)
    {
        Span<CancellationToken> all = [a, b, c, d];
        var count = 0;
        foreach (var token in all)
        {
            if (token.CanBeCanceled)
                all[count++] = token;
        }

        if (count <= 1)
            return (count == 0 ? CancellationToken.None : all[0], null);
        var source = CancellationTokenSource.CreateLinkedTokenSource(all[..count]);
        return (source.Token, source);
    }
}
