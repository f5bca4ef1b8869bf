using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Serve.Grpc;

/// <summary>Answers the calls of one method.</summary>
/// <typeparam name="TRequest">What it takes.</typeparam>
/// <typeparam name="TResponse">What it gives.</typeparam>
internal sealed class MethodHandler<TRequest, TResponse>(MethodSettings settings, MessageFormat<TRequest, TResponse> format)
{
    /// <summary>One message, and one.</summary>
    public RequestDelegate Unary(Func<TRequest, ServerCallContext, Task<TResponse>> method) => Of(async call =>
    {
        var request = await call.ReadOnlyMessageAsync(format);
        try
        {
            await AnswerAsync(call, await method(request, call));
        }
        finally
        {
            format.Release(request);
        }
    });

    /// <summary>Many messages, and one.</summary>
    public RequestDelegate ClientStreaming(Func<IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>> method) =>
        Of(async call => await AnswerAsync(call, await method(new RequestStream<TRequest, TResponse>(call, format), call)));

    /// <summary>One message, and many.</summary>
    public RequestDelegate ServerStreaming(Func<TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> method) => Of(async call =>
    {
        var request = await call.ReadOnlyMessageAsync(format);
        try
        {
            await method(request, new ResponseStream<TRequest, TResponse>(call, format), call);
        }
        finally
        {
            format.Release(request);
        }
    });

    /// <summary>Many messages, and many.</summary>
    public RequestDelegate Duplex(Func<IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> method) =>
        Of(call => method(new RequestStream<TRequest, TResponse>(call, format), new ResponseStream<TRequest, TResponse>(call, format), call));

    private async Task AnswerAsync(GrpcCall call, TResponse? response)
    {
        if (response is null)
            throw new RpcException(new RpcStatus(StatusCode.Cancelled, "The service gave no message."));
        try
        {
            // A status that the handler has set stands for the message.
            if (call.Status.StatusCode == StatusCode.OK)
                await call.WriteMessageAsync(format, response, options: null, flushes: false, call.CancellationToken);
        }
        finally
        {
            format.Release(response);
        }
    }

    private RequestDelegate Of(Func<GrpcCall, Task> method) =>
        http => RequestCheck.Accept(http) ? new GrpcCall(http, settings).RunAsync(method, static (method, call) => method(call)) : Task.CompletedTask;
}
