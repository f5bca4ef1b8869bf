using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Serve.Discovery;
using Serve.Replica.Server;
using Serve.Telemetry;
using Serve.Wire;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;
using Serve.Wire.Payloads;

namespace Serve.Replica;

/// <summary>Answers the calls of handles: reads the arguments, calls the user's method, sends its result, its items or its exception.</summary>
internal sealed partial class CallEndpoint(DeploymentInstance instance, RequestObserver observer, TimeProvider timeProvider, ILogger<CallEndpoint> logger)
{
    /// <summary>Answers a call that has its slot.</summary>
    /// <exception cref="HopProtocolException">The call's head can't be read.</exception>
    public async Task AnswerAsync(AdmittedCall call)
    {
        var stream = call.Stream;
        var head = CallHead.Read(stream.Head.Span);
        var request = ToRequest(head, call.OpenedAt, stream.Aborted);
        var answer = new HopCallAnswer(call);
        var observation = Observation.Begin(instance.Scope, request, head.TraceParent, head.TraceState);
        await (head.RemainingMilliseconds == 0
            ? RefuseAsync(head.Method, request, answer)
            : RunAsync(head.Method, request, stream.IsInlineComplete ? null : stream.Input, stream.InlineBody, answer));
        observer.EndCall(observation, request, head.Method);
    }

    private RequestContext ToRequest(in CallHead head, long openedAt, CancellationToken aborted)
    {
        long? deadline = head.RemainingMilliseconds is { } milliseconds ? openedAt + (long)(milliseconds / 1000.0 * timeProvider.TimestampFrequency) : null;
        return new RequestContext(head.RequestId.Length > 0 ? head.RequestId : null, deadline, aborted)
        {
            ModelId = head.ModelId,
            Priority = head.Priority,
            Route = head.Method,
        };
    }

    /// <summary>A call whose time is up is not begun.</summary>
    private async Task RefuseAsync(string method, RequestContext request, CallAnswer answer)
    {
        var exception = new RequestTimeoutException($"The time for a call of deployment '{instance.Type.Name}' was up before it began.");
        request.Failure = exception;
        Log(exception, method, request.RequestId);
        await answer.FailAsync(CallFailure.Of(exception, instance.Type.Name));
    }

    private async Task RunAsync(string methodName, RequestContext request, PipeReader? body, ReadOnlyMemory<byte> inline, CallAnswer answer)
    {
        IReadOnlyList<TensorBuffer> lent = [];
        try
        {
            var method = instance.Type.Methods.GetValueOrDefault(methodName)
                ?? throw new ServeException(ServeError.BadRequest, $"Deployment '{instance.Type.Name}' has no method '{methodName}' that handles can call.");
            var arguments = method.NewArguments(request.Aborted);
            lent = await ReadArgumentsAsync(method, body, inline, arguments, request.Aborted);
            await method.DeliverAsync(method.Invoke(instance.Target, arguments), answer);
        }
        catch (Exception) when (request.Aborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is there to be told.
        }
        catch (Exception exception)
        {
            request.Failure = exception;
            Log(exception, methodName, request.RequestId);
            await answer.FailAsync(CallFailure.Of(exception, instance.Type.Name));
        }
        finally
        {
            // The method only had them lent, as from a caller in its own process.
            foreach (var tensor in lent)
                tensor.Dispose();
        }
    }

    /// <returns>The tensors among them.</returns>
    private async ValueTask<IReadOnlyList<TensorBuffer>> ReadArgumentsAsync(
        MethodShape method, PipeReader? body, ReadOnlyMemory<byte> inline, object?[] arguments, CancellationToken aborted)
    {
        IReadOnlyList<TensorBuffer> tensors;
        try
        {
            tensors = body is null ? ReadInline(method, inline.Span, arguments) : await PayloadReader.ReadArgumentsAsync(body, method.PayloadTypes, arguments, aborted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            throw new ServeException(ServeError.BadRequest, $"The arguments of {method.Name} of deployment '{instance.Type.Name}' can't be read: {exception.Message}", exception);
        }

        if (method.Stream is { } stream)
            arguments[stream.Index] = stream.Receive(body ?? PipeReader.Create(ReadOnlySequence<byte>.Empty), aborted);
        return tensors;
    }

    private static IReadOnlyList<TensorBuffer> ReadInline(MethodShape method, ReadOnlySpan<byte> inline, object?[] arguments) =>
        PayloadReader.ReadArguments(ref inline, method.PayloadTypes, arguments);

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
