using Serve.Telemetry.Logs;

namespace Serve.Replica;

/// <summary>The request that the current code works for. Flows with async code into everything that the request starts.</summary>
internal sealed class RequestContext(string requestId, long? deadline, CancellationToken aborted)
{
    private static readonly AsyncLocal<RequestContext?> Ambient = new();

    public static RequestContext? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    public string RequestId { get; } = requestId;

    /// <summary>What the request asks for, as logs name it: the path, or the method that a handle calls.</summary>
    public string Route { get; init; } = "";

    /// <summary>What the user's code threw, or null.</summary>
    public Exception? Failure { get; set; }

    /// <summary>The current request as logs name it.</summary>
    public static LogRequest? ForLog() => Current is { } request ? new LogRequest(request.RequestId, request.Route) : null;

    /// <summary>Cancelled when the client has gone or the time is up.</summary>
    public CancellationToken Aborted { get; } = aborted;

    /// <summary>The time that the request may still take, or null where it has no limit.</summary>
    public TimeSpan? Remaining(TimeProvider timeProvider) => deadline is { } end ? timeProvider.GetElapsedTime(timeProvider.GetTimestamp(), end) : null;
}
