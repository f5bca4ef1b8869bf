using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Serve.Telemetry;

/// <summary>
/// Spans of Serve's own, with W3C context across processes. Where nobody listens each of these methods costs one look at a field. Contexts
/// travel as the ordinary headers <c>traceparent</c> and <c>tracestate</c>; where tracing is off here, a client's go through unchanged.
/// </summary>
internal static class Tracing
{
    public const string SourceName = "Serve";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>Whether anybody wants to know.</summary>
    public static bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Source.HasListeners();
    }

    /// <summary>What a request that leaves this process now says of its trace, or null where there is none.</summary>
    public static string? TraceParent => IsOn && Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;

    /// <summary>The companion of <see cref="TraceParent"/>.</summary>
    public static string? TraceState => IsOn ? Activity.Current?.TraceStateString : null;

    /// <summary>Begins the span of a request that has come from another process.</summary>
    /// <param name="name">One of <see cref="SpanNames"/>.</param>
    /// <param name="traceParent">What its sender says of the trace, or null.</param>
    /// <param name="traceState">The companion, or null.</param>
    public static Activity? StartReceived(string name, string? traceParent, string? traceState) => IsOn ? Receive(name, traceParent, traceState) : null;

    /// <summary>Begins the span of a step within this process.</summary>
    public static Activity? Start(string name, ActivityKind kind = ActivityKind.Internal) => IsOn ? Source.StartActivity(name, kind) : null;

    /// <summary>Notes that the step has failed.</summary>
    public static void Fail(this Activity? span, Exception exception)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetStatus(ActivityStatusCode.Error, exception.Message);
        span.AddException(exception);
    }

    private static Activity? Receive(string name, string? traceParent, string? traceState)
    {
        // A span of the program's own telemetry, which may have read the same headers already, is the better parent.
        if (Activity.Current is { Recorded: true })
            return Source.StartActivity(name, ActivityKind.Server);
        if (ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent))
            return Source.StartActivity(name, ActivityKind.Server, parent);
        // ASP.NET Core has an activity for its log that nobody samples; as a parent it would keep every trace from being sampled.
        Activity.Current = null;
        return Source.StartActivity(name, ActivityKind.Server);
    }
}
