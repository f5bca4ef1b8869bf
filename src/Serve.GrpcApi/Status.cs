using System.Diagnostics;

namespace Grpc.Core;

/// <summary>How a call ended, with words.</summary>
[DebuggerDisplay("{DebuggerToString(),nq}")]
public struct Status
{
    /// <summary>Ended well.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary>Given up by the caller.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    /// <summary>Makes one.</summary>
    /// <param name="statusCode">The code.</param>
    /// <param name="detail">What the client is told; never null for a client.</param>
    public Status(StatusCode statusCode, string detail)
        : this(statusCode, detail, debugException: null)
    {
    }

    /// <summary>Makes one that knows its cause.</summary>
    /// <param name="statusCode">The code.</param>
    /// <param name="detail">What the client is told.</param>
    /// <param name="debugException">The cause; it stays in this process.</param>
    public Status(StatusCode statusCode, string detail, Exception? debugException)
    {
        StatusCode = statusCode;
        Detail = detail;
        DebugException = debugException;
    }

    /// <summary>The code.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>What the client is told.</summary>
    public string Detail { get; }

    /// <summary>The cause, or null. It is never sent.</summary>
    public Exception? DebugException { get; }

    /// <inheritdoc/>
    public override readonly string ToString() => DebugException is null
        ? $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\")"
        : $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\", DebugException=\"{DebugException.GetType()}: {DebugException.Message}\")";

    private readonly string DebuggerToString() => ToString();
}
