namespace Serve.Wire.Hop;

/// <summary>The peer says something that the protocol does not allow; the connection ends.</summary>
internal sealed class HopProtocolException(string what) : IOException($"The peer broke the protocol: {what}.");

/// <summary>No connection to the peer could be made: nothing was sent, and another replica may be asked.</summary>
internal sealed class HopNotSentException(string socketPath, Exception? cause) : IOException($"Nobody listens at '{socketPath}'.", cause);

/// <summary>A stream ended before its time.</summary>
internal sealed class HopResetException(HopResetCode code, string? reason) : IOException($"The stream was reset ({code}){(string.IsNullOrEmpty(reason) ? "" : ": " + reason)}.")
{
    public HopResetCode Code { get; } = code;

    public string? Reason { get; } = reason;
}
