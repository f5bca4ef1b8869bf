using Grpc.Core;

namespace Serve.Grpc;

/// <summary>What can be wrong with messages, with the codes of grpc/grpc, doc/statuscodes.md.</summary>
internal static class MessageError
{
    public static RpcException Truncated() => Of(StatusCode.Internal, "The request ends in the middle of a message.");

    public static RpcException None() => Of(StatusCode.Unimplemented, "The method takes one message, but the request has none.");

    public static RpcException Several() => Of(StatusCode.Unimplemented, "The method takes one message, but the request has more.");

    public static RpcException WrongFlag(byte flag) => Of(StatusCode.Internal, $"A message begins with the byte {flag}, but only 0 (as it is) and 1 (compressed) are defined.");

    public static RpcException NotAnnounced() => Of(StatusCode.Internal, $"A message is compressed, but the header {GrpcHeaders.Encoding} of the request does not say how.");

    public static RpcException NotGzip(Exception cause) => new(new RpcStatus(StatusCode.Internal, "A message is not the gzip that it is said to be.", cause));

    public static RpcException Unreadable(string type, Exception cause) => new(new RpcStatus(StatusCode.InvalidArgument, $"A message can't be read as {type}: {cause.Message}", cause));

    public static RpcException UnknownEncoding(string encoding) =>
        Of(StatusCode.Unimplemented, $"Messages are compressed by '{encoding}', which {GrpcHeaders.Encoding} names, but only {GrpcEncoding.All} are known.");

    public static RpcException WrongTimeout(string value) =>
        Of(StatusCode.InvalidArgument, $"The header {GrpcHeaders.Timeout} is '{value}', but has to be at most eight digits and one of the units H, M, S, m, u, n.");

    public static RpcException TooLarge(int limit, string what) =>
        Of(StatusCode.ResourceExhausted, $"A message of the request may have {limit} bytes, but has {what}; {nameof(GrpcServiceOptions.MaxReceiveMessageSize)} is the limit.");

    public static RpcException TooLargeToSend(int limit, long length) =>
        Of(StatusCode.ResourceExhausted, $"A message of the answer may have {limit} bytes, but has {length}; {nameof(GrpcServiceOptions.MaxSendMessageSize)} is the limit.");

    private static RpcException Of(StatusCode code, string detail) => new(new RpcStatus(code, detail));
}
