using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Discovery;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Replica;

/// <summary>Answers the calls of handles: reads the arguments, calls the user's method, sends its result, its items or its exception.</summary>
internal sealed partial class CallEndpoint(DeploymentInstance instance, ILogger<CallEndpoint> logger)
{
    public Task InvokeAsync(HttpContext context, RequestContext request, string methodName) =>
        RunAsync(methodName, request, context.Request.BodyReader, new HttpAnswer(context.Response));

    private async Task RunAsync(string methodName, RequestContext request, PipeReader body, CallAnswer answer)
    {
        RequestContext.Current = request;
        try
        {
            var method = instance.Type.Methods.GetValueOrDefault(methodName)
                ?? throw new ServeException(ServeError.BadRequest, $"Deployment '{instance.Type.Name}' has no method '{methodName}' that handles can call.");
            var arguments = await ReadArgumentsAsync(method, body, request.Aborted);
            await method.DeliverAsync(method.Invoke(instance.Target, arguments), answer);
        }
        catch (Exception) when (request.Aborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is there to be told.
        }
        catch (Exception exception)
        {
            Log(exception, methodName, request.RequestId);
            await answer.FailAsync(CallFailure.Of(exception, instance.Type.Name));
        }
    }

    private async ValueTask<object?[]> ReadArgumentsAsync(MethodShape method, PipeReader body, CancellationToken aborted)
    {
        var arguments = method.NewArguments(aborted);
        try
        {
            await PayloadReader.ReadArgumentsAsync(body, method.PayloadTypes, arguments, aborted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or NotSupportedException)
        {
            throw new ServeException(ServeError.BadRequest, $"The arguments of {method.Name} of deployment '{instance.Type.Name}' can't be read: {exception.Message}", exception);
        }

        if (method.Stream is { } stream)
            arguments[stream.Index] = stream.Receive(body, aborted);
        return arguments;
    }

    private void Log(Exception exception, string method, string requestId)
    {
        if (exception is ServeException and not RemoteException)
            LogRefused(method, requestId, exception.Message);
        else
            LogFailed(exception, method, requestId);
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Error, Message = "Call of {Method} failed (request {RequestId})")]
    private partial void LogFailed(Exception exception, string method, string requestId);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Information, Message = "Call of {Method} was refused (request {RequestId}): {Reason}")]
    private partial void LogRefused(string method, string requestId, string reason);
}
