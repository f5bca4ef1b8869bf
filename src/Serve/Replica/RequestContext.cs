using Serve.Telemetry.Logs;

namespace Serve.Replica;

/// <summary>The request that the current code works for. Flows with async code into everything that the request starts.</summary>
/// <param name="requestId">Names the request in all processes that work on it; null where it has no name yet, and gets one when somebody asks.</param>
/// <param name="deadline">The timestamp at which its time is up, or null where it has no limit.</param>
/// <param name="aborted">Cancelled when the client has gone or the time is up.</param>
internal sealed class RequestContext(string? requestId, long? deadline, CancellationToken aborted)
{
    private static readonly AsyncLocal<RequestContext?> Ambient = new();

    private string? _requestId = requestId;

    public static RequestContext? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    // Made late, since random numbers cost more than all else of a small call.
    public string RequestId => _requestId ?? Interlocked.CompareExchange(ref _requestId, Guid.NewGuid().ToString(), null) ?? _requestId!;

    /// <summary>What the request asks for, as logs name it: the path, or the method that a handle calls.</summary>
    public string Route { get; set; } = "";

    /// <summary>What the user's code threw, or null.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The timestamp by which the request must be answered, or null where it has no limit.</summary>
    public long? Deadline { get; } = deadline;

    /// <summary>Cancelled when the client has gone or the time is up.</summary>
    public CancellationToken Aborted { get; } = aborted;

    /// <summary>The multiplexed model that the request is for, or null.</summary>
    public string? ModelId { get; init; }

    /// <summary>How urgent it is (RFC 9218), and what it calls; null where nobody said so.</summary>
    public int? Priority { get; init; }

    /// <summary>The callers of the batch that this is the context of, or null.</summary>
    public Batching.IBatchCallers? Callers { get; init; }

    /// <summary>The current request as logs name it.</summary>
    public static LogRequest? ForLog() => Current is { } request ? new LogRequest(request.RequestId, request.Route) : null;

    /// <summary>The time that the request may still take, or null where it has no limit.</summary>
    public TimeSpan? Remaining(TimeProvider timeProvider) => Deadline is { } end ? timeProvider.GetElapsedTime(timeProvider.GetTimestamp(), end) : null;

    /// <summary>The same request for a part of it that can be stopped by itself.</summary>
    public RequestContext With(CancellationToken stopped) => new(RequestId, Deadline, stopped) { ModelId = ModelId, Priority = Priority, Route = Route };
}
