using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Errors that carry messages, which clients read from <c>grpc-status-details-bin</c> (a <c>google.rpc.Status</c>).</summary>
public static class GrpcStatusDetails
{
    /// <summary>Makes an exception that ends the call with a status and these messages.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What the client is told.</param>
    /// <param name="details">What it can read beside that, for instance a <c>google.rpc.BadRequest</c>. Clients bound the size of trailers: a few KB.</param>
    public static RpcException ToException(StatusCode code, string message, params IEnumerable<IMessage> details)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(details);
        var status = new Details.Status { Code = (int)code, Message = message, Details = { details.Select(static detail => Any.Pack(detail)) } };
        return new RpcException(new RpcStatus(code, message), new Metadata { { GrpcHeaders.StatusDetails, status.ToByteArray() } });
    }
}
