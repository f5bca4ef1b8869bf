namespace Serve.Wire.Hop;

/// <summary>What a stream carries.</summary>
internal enum HopKind : byte
{
    /// <summary>An HTTP request; its heads are <see cref="Heads.HttpRequestHead"/> and <see cref="Heads.HttpResponseHead"/>.</summary>
    Http = 1,

    /// <summary>A call of a handle; its head is a <see cref="Heads.CallHead"/>.</summary>
    Call = 2,
}

/// <summary>Why a stream was not taken.</summary>
internal enum HopRefusal : byte
{
    /// <summary>All slots are taken. The connection gets a notice when one is free.</summary>
    Full = 1,

    /// <summary>The replica finishes what it has and takes nothing more.</summary>
    Draining = 2,

    /// <summary>The connection has <see cref="HopLimits.MaxStreams"/> streams.</summary>
    TooManyStreams = 3,
}

/// <summary>Why a stream ended before its time.</summary>
internal enum HopResetCode : byte
{
    /// <summary>It did not.</summary>
    None = 0,

    /// <summary>Nobody wants the answer any more, or the rest of the body.</summary>
    Cancelled = 1,

    /// <summary>The time is up.</summary>
    DeadlinePassed = 2,

    /// <summary>The sender can't go on.</summary>
    Failed = 3,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolError = 4,

    /// <summary>The connection ended. Never sent: each end finds it out by itself.</summary>
    Lost = 5,
}

/// <summary>What came first in answer to a stream.</summary>
internal enum HopAnswer
{
    /// <summary>The server has taken the stream; its head follows.</summary>
    Accepted,

    /// <summary>The answer's head is there.</summary>
    Answered,

    /// <summary>The server has not taken the stream.</summary>
    Refused,
}

/// <summary>What a notice is about; any other number is the server's own business.</summary>
internal static class HopNoticeKind
{
    /// <summary>A slot is free again, after a refusal.</summary>
    public const byte Free = 0;
}
