namespace Grpc.Core;

/// <summary>Ends a call with a status other than OK; what is in its trailers is sent along.</summary>
public class RpcException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="status">How the call ends.</param>
    public RpcException(Status status)
        : this(status, Metadata.Empty, status.ToString())
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="status">How the call ends.</param>
    /// <param name="message">What this process's own logs say.</param>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="status">How the call ends.</param>
    /// <param name="trailers">What is sent beside the status.</param>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="status">How the call ends.</param>
    /// <param name="trailers">What is sent beside the status.</param>
    /// <param name="message">What this process's own logs say.</param>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    /// <summary>How the call ends.</summary>
    public Status Status { get; }

    /// <summary>The code of the status.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>What is sent beside the status.</summary>
    public Metadata Trailers { get; }
}
