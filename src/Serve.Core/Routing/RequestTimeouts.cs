using System.Globalization;
using Serve.Specs;
using Serve.Wire;

namespace Serve.Routing;

/// <summary>How long a request may take: what the request itself says goes before what its application's document says, and that before the proxy's options.</summary>
internal sealed class RequestTimeouts(HttpOptions http, GrpcOptions grpc)
{
    /// <summary>On a gRPC call: its deadline.</summary>
    public const string GrpcTimeout = "grpc-timeout";

    /// <summary>What a timer takes, in seconds.</summary>
    private const double LongestSeconds = 4_294_967;

    /// <param name="isGrpc">Whether the request is a call of gRPC.</param>
    /// <param name="header">Its header <see cref="HopHeaders.ClientTimeout"/>, or null.</param>
    /// <param name="grpcTimeout">Its header <see cref="GrpcTimeout"/>, or null.</param>
    /// <param name="application">What it is for.</param>
    /// <returns>Null for no limit.</returns>
    public TimeSpan? Of(bool isGrpc, string? header, string? grpcTimeout, ApplicationRoutes application)
    {
        var (isGiven, own) = ReadHeader(header);
        // Both are deadlines of the same client: the earlier one is when it stops waiting.
        if (isGrpc && ReadGrpc(grpcTimeout) is { } deadline)
            return own < deadline ? own : deadline;
        if (isGiven)
            return own;
        if (application.RequestTimeout is { } declared)
            return declared == TimeSpan.Zero ? null : declared;
        return isGrpc ? grpc.RequestTimeout ?? http.RequestTimeout : http.RequestTimeout;
    }

    /// <summary>Reads a deadline of gRPC: at most eight digits and a unit, <c>100m</c> for 100 ms (grpc/grpc, doc/PROTOCOL-HTTP2.md, "Timeout").</summary>
    /// <returns>Null where the text is none.</returns>
    public static TimeSpan? ReadGrpc(string? text)
    {
        if (text is not { Length: >= 2 and <= 9 } || !uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        double? seconds = text[^1] switch
        {
            'H' => 3600.0 * count,
            'M' => 60.0 * count,
            'S' => count,
            'm' => count / 1e3,
            'u' => count / 1e6,
            'n' => count / 1e9,
            _ => null,
        };
        return seconds is { } time ? TimeSpan.FromSeconds(Math.Min(time, LongestSeconds)) : null;
    }

    /// <summary>Writes what is left of a deadline, for who works on the call next.</summary>
    public static string WriteGrpc(TimeSpan left)
    {
        const long MostDigits = 99_999_999;
        var milliseconds = (long)left.TotalMilliseconds;
        return milliseconds <= MostDigits ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m") : string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalSeconds}S");
    }

    /// <summary>Reads seconds; 0 or less is no limit. What is no number counts as not given.</summary>
    private static (bool IsGiven, TimeSpan? Time) ReadHeader(string? text)
    {
        if (text is null || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || double.IsNaN(seconds))
            return (false, null);
        return (true, seconds <= 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds)));
    }
}
