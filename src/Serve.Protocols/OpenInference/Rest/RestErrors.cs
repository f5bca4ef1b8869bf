using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Errors;
using Serve.Replica;

namespace Serve.OpenInference.Rest;

/// <summary>Turns what a handler throws into <c>{"error":"…"}</c> with the status of <see cref="ErrorMap"/>.</summary>
internal static partial class RestErrors
{
    public static async Task GuardAsync(RestCall call, Func<RestCall, Task> handler)
    {
        var context = call.Context;
        try
        {
            await handler(call);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Its client has gone or its time is up: who set the time answers.
            throw;
        }
        catch (RemoteException exception)
        {
            await FailAsync(context, exception);
        }
        catch (ServeException exception)
        {
            if (RequestContext.Current is { } request)
                request.Failure = exception;
            var status = ErrorMap.StatusOf(exception.Error);
            LogRefused(LoggerOf(context), context.Request.Method, context.Request.Path, exception.Message);
            await WriteAsync(context, status.Http, exception.Message, exception.RetryAfter is { } time ? (int)Math.Ceiling(time.TotalSeconds) : status.RetryAfterSeconds);
        }
        catch (BadHttpRequestException exception)
        {
            LogRefused(LoggerOf(context), context.Request.Method, context.Request.Path, exception.Message);
            await WriteAsync(context, exception.StatusCode, exception.Message, retryAfterSeconds: null);
        }
        catch (OperationCanceledException exception)
        {
            var status = ErrorMap.StatusOf(ServeError.Cancelled);
            LogRefused(LoggerOf(context), context.Request.Method, context.Request.Path, exception.Message);
            await WriteAsync(context, status.Http, exception.Message, retryAfterSeconds: null);
        }
        catch (Exception exception)
        {
            await FailAsync(context, exception);
        }
    }

    /// <summary>Answers with an error, or cuts the answer off where it has begun: a part must not pass for the whole.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message, int? retryAfterSeconds)
    {
        var response = context.Response;
        if (response.HasStarted || (response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 }))
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.StatusCode = status;
        response.Headers.ContentEncoding = default;
        if (retryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        JsonAnswer.Write(context, message, static (json, message) =>
        {
            json.WriteStartObject();
            json.WriteString("error"u8, message);
            json.WriteEndObject();
        });
        return Task.CompletedTask;
    }

    private static Task FailAsync(HttpContext context, Exception exception)
    {
        if (RequestContext.Current is { } request)
            request.Failure = exception;
        LogFailed(LoggerOf(context), exception, context.Request.Method, context.Request.Path);
        return WriteAsync(context, StatusCodes.Status500InternalServerError, "The model failed; the server's log says why.", retryAfterSeconds: null);
    }

    private static ILogger LoggerOf(HttpContext context) => context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Serve.OpenInference.Rest");

    [LoggerMessage(EventId = 2620, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(EventId = 2621, Level = LogLevel.Information, Message = "{Method} {Path} was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string method, string path, string reason);
}
