namespace Grpc.Core;

/// <summary>How a call ended (grpc/grpc, doc/statuscodes.md).</summary>
public enum StatusCode
{
    /// <summary>Well.</summary>
    OK = 0,

    /// <summary>The caller gave up.</summary>
    Cancelled = 1,

    /// <summary>Nobody knows.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>It took longer than the caller waits.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for isn't there.</summary>
    NotFound = 5,

    /// <summary>What was to be made is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do that.</summary>
    PermissionDenied = 7,

    /// <summary>Something has run out: a quota, a queue, memory.</summary>
    ResourceExhausted = 8,

    /// <summary>The server is in no state for that.</summary>
    FailedPrecondition = 9,

    /// <summary>Someone else got in between.</summary>
    Aborted = 10,

    /// <summary>Beyond the end of something.</summary>
    OutOfRange = 11,

    /// <summary>The server doesn't have such a method.</summary>
    Unimplemented = 12,

    /// <summary>The server has a fault.</summary>
    Internal = 13,

    /// <summary>The server can't be reached, or not now; another try may do.</summary>
    Unavailable = 14,

    /// <summary>Data was lost.</summary>
    DataLoss = 15,

    /// <summary>The caller hasn't said who it is.</summary>
    Unauthenticated = 16,
}
