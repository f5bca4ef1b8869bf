using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>Turns what handlers of the admin API don't expect into answers: a body that is too long, a controller that has ended, a fault of ours.</summary>
internal sealed partial class AdminErrors(ControllerActor controller, ILogger<AdminErrors> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; nobody reads an answer.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AdminAnswer.RefuseAsync(context, RefusalOf(exception, context.Request));
        }
    }

    private Refusal RefusalOf(Exception exception, HttpRequest request)
    {
        if (exception is BadHttpRequestException bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Refusal(bad.StatusCode, $"The body is too long; the most is {AdminServer.MaxBodyBytes} bytes.")
                : new Refusal(bad.StatusCode, bad.Message);
        }

        if (controller.Ended.IsCompleted)
            return new Refusal(StatusCodes.Status503ServiceUnavailable, "The controller of this server has ended; another one leads, or the server is about to end.");
        LogFault(exception, request.Method, request.Path);
        return new Refusal(StatusCodes.Status500InternalServerError, "The server met a fault; its log says more.");
    }

    [LoggerMessage(EventId = 6001, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFault(Exception exception, string method, string path);
}
