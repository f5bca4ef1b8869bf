using System.Globalization;

namespace Serve.Wire;

/// <summary>How clients say how long they wait for an answer.</summary>
internal static class ClientTimeout
{
    /// <summary>On a client's request: how long it may take, in seconds; 0 or less takes the limit away.</summary>
    public const string Header = "x-request-timeout-seconds";

    /// <summary>On a gRPC call: its deadline.</summary>
    public const string GrpcHeader = "grpc-timeout";

    /// <summary>What a timer takes, in seconds.</summary>
    private const double LongestSeconds = 4_294_967;

    /// <summary>What the request itself says goes before what is usual.</summary>
    /// <param name="header">The value of <see cref="Header"/>, or null.</param>
    /// <param name="grpcTimeout">The value of <see cref="GrpcHeader"/> on a call of gRPC, or null.</param>
    /// <param name="standard">What holds where the request says nothing that can be read; null for no limit.</param>
    /// <returns>Null for no limit.</returns>
    public static TimeSpan? Choose(string? header, string? grpcTimeout, TimeSpan? standard)
    {
        var (isGiven, own) = ReadSeconds(header);
        // Both are deadlines of the same client: the earlier one is when it stops waiting.
        if (ReadGrpc(grpcTimeout) is { } deadline)
            return own < deadline ? own : deadline;
        return isGiven ? own : standard;
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

    /// <summary>What is no number counts as not given.</summary>
    private static (bool IsGiven, TimeSpan? Time) ReadSeconds(string? text)
    {
        if (text is null || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || double.IsNaN(seconds))
            return (false, null);
        return (true, seconds <= 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds)));
    }
}
