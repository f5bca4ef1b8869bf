using System.Collections.Frozen;

namespace Serve.Errors;

/// <summary>One table from <see cref="ServeError"/> to the statuses that clients see.</summary>
internal static class ErrorMap
{
    private static readonly FrozenDictionary<ServeError, ErrorStatus> Table = new Dictionary<ServeError, ErrorStatus>
    {
        [ServeError.NoRoute] = new(404, GrpcStatus.NotFound),
        [ServeError.BadRequest] = new(400, GrpcStatus.InvalidArgument),
        [ServeError.BackPressure] = new(503, GrpcStatus.ResourceExhausted, RetryAfterSeconds: 1),
        [ServeError.RateLimited] = new(429, GrpcStatus.ResourceExhausted, RetryAfterSeconds: 1),
        [ServeError.Unavailable] = new(503, GrpcStatus.Unavailable, RetryAfterSeconds: 5),
        [ServeError.Timeout] = new(408, GrpcStatus.DeadlineExceeded),
        [ServeError.Cancelled] = new(499, GrpcStatus.Cancelled),
        [ServeError.ReplicaLost] = new(500, GrpcStatus.Unavailable),
        [ServeError.TooLarge] = new(413, GrpcStatus.ResourceExhausted),
        [ServeError.UserCode] = new(500, GrpcStatus.Internal),
        [ServeError.Internal] = new(500, GrpcStatus.Internal),
    }.ToFrozenDictionary();

    public static ErrorStatus StatusOf(ServeError error) => Table[error];
}

/// <param name="Http">The HTTP status.</param>
/// <param name="Grpc">The gRPC status.</param>
/// <param name="RetryAfterSeconds">The value of the <c>Retry-After</c> header, or null for none.</param>
internal sealed record ErrorStatus(int Http, GrpcStatus Grpc, int? RetryAfterSeconds = null);

/// <summary>The codes of gRPC that Serve answers with (grpc/grpc, doc/statuscodes.md).</summary>
internal enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    ResourceExhausted = 8,
    Internal = 13,
    Unavailable = 14,
}
