using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serve.Wire;

namespace Serve.Http;

/// <summary>Ends a request when its time is up or its client has gone.</summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource? _timer;
    private readonly CancellationTokenSource? _linked;
    private readonly long _start;

    private RequestDeadline(TimeSpan? allowed, TimeProvider timeProvider, CancellationToken client)
    {
        _timeProvider = timeProvider;
        _client = client;
        _start = timeProvider.GetTimestamp();
        Allowed = allowed;
        if (allowed is not { } time)
        {
            Token = client;
            return;
        }

        _timer = new CancellationTokenSource(time, timeProvider);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(client, _timer.Token);
        Token = _linked.Token;
    }

    /// <summary>The whole time of the request, or null where it has no limit.</summary>
    public TimeSpan? Allowed { get; }

    public CancellationToken Token { get; }

    /// <summary>The time that is left, or null where there is no limit.</summary>
    public TimeSpan? Remaining => Allowed is { } allowed ? TimeSpan.FromTicks(Math.Max(0, (allowed - _timeProvider.GetElapsedTime(_start)).Ticks)) : null;

    /// <summary>Whether the time is up, and not the client gone.</summary>
    public bool HasPassed => _timer is { IsCancellationRequested: true } && !_client.IsCancellationRequested;

    /// <summary>What the client is told when the time is up.</summary>
    public string Message => $"The request did not finish within {Allowed?.TotalSeconds:0.###} s.";

    /// <param name="context">The request; its header may set another time than the default, and 0 or less takes the limit away.</param>
    /// <param name="standard">The default.</param>
    /// <param name="timeProvider">The clock.</param>
    public static RequestDeadline Start(HttpContext context, TimeSpan? standard, TimeProvider timeProvider) =>
        new(Read(context.Request.Headers[HopHeaders.ClientTimeout], standard), timeProvider, context.RequestAborted);

    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }

    private static TimeSpan? Read(string? header, TimeSpan? standard)
    {
        const double LongestSeconds = 4_294_967;
        if (header is null || !double.TryParse(header, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || double.IsNaN(seconds))
            return standard;
        return seconds <= 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds));
    }
}
