using System.Buffers.Binary;
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
    public async Task InvokeAsync(HttpContext context, RequestContext request, string methodName)
    {
        RequestContext.Current = request;
        var receiver = new ResultWriter(context.Response);
        try
        {
            var method = instance.Type.Methods.GetValueOrDefault(methodName)
                ?? throw new ServeException(ServeError.BadRequest, $"Deployment '{instance.Type.Name}' has no method '{methodName}' that handles can call.");
            var arguments = await ReadArgumentsAsync(context, method);
            var returned = method.Invoke(instance.Target, arguments, context.RequestAborted);
            await method.DeliverAsync(returned, receiver, context.RequestAborted);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is there to be told.
        }
        catch (Exception exception)
        {
            request.Failure = exception;
            Log(exception, methodName, request.RequestId);
            await receiver.FailAsync(CallFailure.Of(exception, instance.Type.Name), context.RequestAborted);
        }
    }

    private async Task<object?[]> ReadArgumentsAsync(HttpContext context, MethodShape method)
    {
        try
        {
            return await PayloadReader.ReadArgumentsAsync(context.Request.Body, method.ArgumentTypes, context.RequestAborted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or NotSupportedException)
        {
            throw new ServeException(ServeError.BadRequest, $"The arguments of {method.Name} of deployment '{instance.Type.Name}' can't be read: {exception.Message}", exception);
        }
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

    private sealed class ResultWriter(HttpResponse response) : IResultReceiver
    {
        private bool _isStream;

        public async Task ReceiveAsync<T>(T value, CancellationToken cancellationToken)
        {
            using var payload = Payload.OfValue(value, typeof(T));
            response.ContentLength = payload.Length;
            await payload.WriteToAsync(response.Body, kind: null, cancellationToken);
        }

        public async Task ReceiveStreamAsync<T>(IAsyncEnumerable<T> items, CancellationToken cancellationToken)
        {
            _isStream = true;
            await response.StartAsync(cancellationToken);
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                using var payload = Payload.OfValue(item, typeof(T));
                await payload.WriteToAsync(response.Body, StreamItem.Item, cancellationToken);
            }

            await response.Body.WriteAsync(new[] { (byte)StreamItem.End }, cancellationToken);
        }

        public async Task FailAsync(CallFailure failure, CancellationToken cancellationToken)
        {
            if (response.HasStarted && !_isStream)
            {
                response.HttpContext.Abort();
                return;
            }

            var json = failure.ToJson();
            var body = new byte[5 + json.Length];
            body[0] = (byte)StreamItem.Failure;
            BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(1), (uint)json.Length);
            json.CopyTo(body, 5);
            if (!response.HasStarted)
            {
                response.Headers[HopHeaders.Failed] = "1";
                response.ContentLength = body.Length - 1;
            }

            await response.Body.WriteAsync(response.HasStarted ? body : body.AsMemory(1), cancellationToken);
        }
    }
}
