namespace Serve.Wire.Hop.Heads;

/// <summary>The head of a handle's call. The body are its arguments as a payload, and then the items of streams among them.</summary>
internal readonly record struct CallHead
{
    /// <summary>For instance <c>IReader.ReadAsync</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Names the request that the call is a part of.</summary>
    public required string RequestId { get; init; }

    /// <summary>The time that the call may still take, in milliseconds; null is no limit.</summary>
    public long? RemainingMilliseconds { get; init; }

    /// <summary>The multiplexed model that the call is for, or null.</summary>
    public string? ModelId { get; init; }

    /// <summary>The trace that the call belongs to, as W3C Trace Context writes it, or null.</summary>
    public string? TraceParent { get; init; }

    public string? TraceState { get; init; }

    /// <summary>How urgent the call is, and what it calls in turn; null where nobody said so.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether the replica takes the call also where it has no room: it is meant for that replica and no other.</summary>
    public bool EntersAnyway { get; init; }

    /// <summary>Reads <see cref="EntersAnyway"/> alone, for the gate.</summary>
    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    public static bool ReadEntersAnyway(ReadOnlySpan<byte> head) => new HeadReader(head).ReadNumber() != 0;

    public void Write(HeadWriter writer)
    {
        writer.WriteNumber(EntersAnyway ? 1u : 0);
        writer.WriteText(Method);
        writer.WriteText(RequestId);
        writer.WriteNumber(RemainingMilliseconds is { } remaining ? (ulong)remaining + 1 : 0);
        writer.WriteText(ModelId);
        writer.WriteText(TraceParent);
        writer.WriteText(TraceState);
        writer.WriteNumber(Priority is { } priority ? (ulong)priority + 1 : 0);
    }

    /// <exception cref="HopProtocolException">The head can't be read.</exception>
    public static CallHead Read(ReadOnlySpan<byte> head)
    {
        var reader = new HeadReader(head);
        return new CallHead
        {
            EntersAnyway = reader.ReadNumber() != 0,
            Method = reader.ReadText(),
            RequestId = reader.ReadText(),
            RemainingMilliseconds = reader.ReadNumber() is > 0 and var remaining ? (long)(remaining - 1) : null,
            ModelId = reader.ReadOptionalText(),
            TraceParent = reader.ReadOptionalText(),
            TraceState = reader.ReadOptionalText(),
            Priority = reader.ReadNumber() is > 0 and var priority ? (int)(priority - 1) : null,
        };
    }
}
