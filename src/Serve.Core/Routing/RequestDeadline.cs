using System.Collections.Concurrent;

namespace Serve.Routing;

/// <summary>Ends a request when its time is up or its client has gone.</summary>
internal sealed class RequestDeadline : IDisposable
{
    /// <summary>How many sources with their timers are kept to be used again.</summary>
    private const int MaxKept = 1024;

    private static readonly ConcurrentQueue<CancellationTokenSource> Kept = new();

    private readonly bool _isForwarded;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource? _source;
    private readonly CancellationTokenRegistration _registration;
    private readonly long _start;

    /// <param name="allowed">The whole time of the request, or null where it has no limit.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="client">Cancelled when the client has gone; none where the request shall go on without it.</param>
    /// <param name="isForwarded">Whether no code of the user's sees the token, so that nobody holds it when the request is over.</param>
    public RequestDeadline(TimeSpan? allowed, TimeProvider timeProvider, CancellationToken client, bool isForwarded = false)
    {
        _isForwarded = isForwarded;
        _timeProvider = timeProvider;
        _client = client;
        _start = timeProvider.GetTimestamp();
        Allowed = allowed;
        Token = client;
        if (allowed is not { } time)
            return;
        if (isForwarded && timeProvider == TimeProvider.System && Kept.TryDequeue(out _source))
            _source.CancelAfter(time);
        else
            _source = new CancellationTokenSource(time, timeProvider);
        _registration = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        Token = _source.Token;
    }

    /// <summary>The whole time of the request, or null where it has no limit.</summary>
    public TimeSpan? Allowed { get; }

    public CancellationToken Token { get; }

    /// <summary>What the client is told when the time is up.</summary>
    public string Message => $"The request did not finish within {Allowed?.TotalSeconds:0.###} s.";

    /// <summary>The time that is left, or null where there is no limit.</summary>
    public TimeSpan? Remaining => Allowed is { } allowed ? TimeSpan.FromTicks(Math.Max(0, (allowed - _timeProvider.GetElapsedTime(_start)).Ticks)) : null;

    /// <summary>When the time is up, by the clock's timestamps; null where there is no limit.</summary>
    public long? EndsAt => Allowed is { } allowed ? _start + (long)(allowed.TotalSeconds * _timeProvider.TimestampFrequency) : null;

    /// <summary>Whether the time is up, and not the client gone.</summary>
    public bool HasPassed => _source is { IsCancellationRequested: true } && !_client.IsCancellationRequested;

    /// <summary>Takes the limit away: only the client's going ends the request.</summary>
    public void Lift() => _source?.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _registration.Dispose();
        if (_isForwarded && _source?.TryReset() == true && Kept.Count < MaxKept)
            Kept.Enqueue(_source);
        else
            _source?.Dispose();
    }
}
