using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Http;

namespace Serve.Replica;

/// <summary>Runs the user's pipeline for one admitted HTTP request and turns what it throws into a response.</summary>
internal sealed partial class RequestRunner(ILogger<RequestRunner> logger)
{
    /// <returns>False where the request was given up before it was answered: its client has gone or its time is up.</returns>
    public async Task<bool> RunAsync(HttpContext context, RequestContext request, RequestDelegate next)
    {
        RequestContext.Current = request;
        try
        {
            await next(context);
        }
        catch (Exception) when (request.Aborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return false;
        }
        catch (RemoteException exception)
        {
            request.Failure = exception;
            LogFailed(exception, context.Request.Method, context.Request.Path, request.RequestId);
            await ErrorResponse.WriteAsync(context, exception.Error, "Internal Server Error");
        }
        catch (ServeException exception)
        {
            request.Failure = exception;
            LogRefused(context.Request.Method, context.Request.Path, request.RequestId, exception.Message);
            await ErrorResponse.WriteAsync(context, exception.Error, exception.Message, exception.RetryAfter);
        }
        catch (BadHttpRequestException exception)
        {
            LogRefused(context.Request.Method, context.Request.Path, request.RequestId, exception.Message);
            if (context.Response.HasStarted)
                context.Abort();
            else
                context.Response.StatusCode = exception.StatusCode;
        }
        catch (Exception exception)
        {
            request.Failure = exception;
            LogFailed(exception, context.Request.Method, context.Request.Path, request.RequestId);
            await ErrorResponse.WriteAsync(context, ServeError.UserCode, "Internal Server Error");
        }

        return true;
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Error, Message = "{Method} {Path} failed (request {RequestId})")]
    private partial void LogFailed(Exception exception, string method, string path, string requestId);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Information, Message = "{Method} {Path} was refused (request {RequestId}): {Reason}")]
    private partial void LogRefused(string method, string path, string requestId, string reason);
}
