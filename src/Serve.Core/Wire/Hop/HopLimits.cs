namespace Serve.Wire.Hop;

/// <summary>The bounds of the protocol. Both ends know them, so that nothing has to be negotiated; other bounds are another version.</summary>
internal static class HopLimits
{
    /// <summary>"SRVH", the first bytes that each end says.</summary>
    public const uint Magic = 0x48565253;

    public const ushort Version = 1;

    /// <summary>The most bytes of a frame behind its header.</summary>
    public const int MaxPayload = 128 * 1024;

    /// <summary>The most bytes of a head or of trailers.</summary>
    public const int MaxHead = 60 * 1024;

    /// <summary>The most bytes of a body that travel with its head: what a refusal may cost. A round 64 KiB and what a call writes around them fit.</summary>
    public const int MaxInline = 66 * 1024;

    /// <summary>The most bytes of one DATA frame, so that no stream holds the others up for long.</summary>
    public const int MaxData = 64 * 1024;

    /// <summary>How many bytes of a body may be on their way to, or lie unread at, the other end of one stream.</summary>
    public const int StreamWindow = 512 * 1024;

    /// <summary>The same for all streams of a connection.</summary>
    public const int ConnectionWindow = 16 * 1024 * 1024;

    /// <summary>How many streams one connection carries; more are refused.</summary>
    public const int MaxStreams = 65_536;

    /// <summary>The most characters of a reason.</summary>
    public const int MaxReason = 1024;

    /// <exception cref="ServeException">A head, trailers or a notice are over <see cref="MaxHead"/>.</exception>
    public static void CheckHead(int length)
    {
        if (length > MaxHead)
            throw new ServeException(ServeError.TooLarge, $"The headers are {length} bytes; between Serve's processes the most is {MaxHead}.");
    }

    /// <exception cref="ArgumentOutOfRangeException">A caller sends more inline than <see cref="MaxInline"/>.</exception>
    public static void CheckInline(int length) => ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxInline);
}
