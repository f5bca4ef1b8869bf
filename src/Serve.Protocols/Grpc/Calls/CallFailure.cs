using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Serve.Errors;

namespace Serve.Grpc;

/// <summary>Turns what a handler throws into what the client is told.</summary>
internal static class CallFailure
{
    private const string Failed = "The service failed; its log says why.";

    /// <param name="exception">What was thrown.</param>
    /// <param name="tellsDetails">Whether the client may see internals.</param>
    /// <param name="aborted">Cancelled when the client has gone.</param>
    public static RpcStatus StatusOf(Exception exception, bool tellsDetails, CancellationToken aborted) => exception switch
    {
        RpcException failure => failure.Status,
        RemoteException when !tellsDetails => new RpcStatus(StatusCode.Internal, Failed),
        ServeException failure => new RpcStatus((StatusCode)ErrorMap.StatusOf(failure.Error).Grpc, failure.Message),
        OperationCanceledException or IOException when aborted.IsCancellationRequested => new RpcStatus(StatusCode.Cancelled, "The client has gone."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } failure => new RpcStatus(StatusCode.ResourceExhausted, failure.Message),
        BadHttpRequestException => new RpcStatus(StatusCode.Internal, "The request's body could not be read."),
        _ => new RpcStatus(StatusCode.Internal, tellsDetails ? Describe(exception) : Failed),
    };

    private static string Describe(Exception exception)
    {
        var words = new List<string>();
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            words.Add($"{cause.GetType().Name}: {cause.Message}");
        return string.Join(" ", words);
    }
}
