namespace Serve;

/// <summary>What kind of failure a request met. <c>src/docs/errors.md</c> lists the HTTP and gRPC status of each.</summary>
public enum ServeError
{
    /// <summary>No application is served under that path or name.</summary>
    NoRoute,

    /// <summary>The request itself is wrong: a header that can't be read, an argument that can't be converted.</summary>
    BadRequest,

    /// <summary>All replicas are busy and the queue in front of them is full.</summary>
    BackPressure,

    /// <summary>The deployment has no replica that can take the request and is not expected to have one.</summary>
    Unavailable,

    /// <summary>The request did not finish within its time.</summary>
    Timeout,

    /// <summary>The caller gave up.</summary>
    Cancelled,

    /// <summary>The replica that worked on the request ended.</summary>
    ReplicaLost,

    /// <summary>The request or its arguments are larger than allowed.</summary>
    TooLarge,

    /// <summary>The deployment's code threw an exception.</summary>
    UserCode,

    /// <summary>A fault of Serve itself.</summary>
    Internal,

    /// <summary>The client has sent more requests than it may for now (<c>rate_limit</c>).</summary>
    RateLimited,
}
