namespace Serve.Handles;

internal static class CallStreams
{
    public static InvalidOperationException ReadTwice() =>
        new("The items of this stream are being read already; they come once. Keep them, or make the call again.");
}
