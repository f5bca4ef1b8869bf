namespace Serve.Grpc;

/// <summary>The names that gRPC gives to headers and trailers (grpc/grpc, doc/PROTOCOL-HTTP2.md).</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string StatusDetails = "grpc-status-details-bin";

    /// <summary>Among a service's response headers: how the messages of this call are compressed. It is not sent (as in Grpc.AspNetCore).</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";
}
