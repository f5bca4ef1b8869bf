namespace Serve.Cli.Output;

/// <summary>Times as people read them. All are UTC, as in logs.</summary>
internal static class TimeText
{
    /// <param name="seconds">Since 1970.</param>
    public static string Of(double seconds) => $"{At(seconds):HH:mm:ss}";

    /// <inheritdoc cref="Of"/>
    public static string WithDate(double seconds) => $"{At(seconds):yyyy-MM-dd HH:mm:ss}";

    private static DateTimeOffset At(double seconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
}
