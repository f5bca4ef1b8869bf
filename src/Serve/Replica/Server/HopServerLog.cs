using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serve.Replica.Server;

/// <summary>What the worker's server logs.</summary>
internal sealed partial class HopServerLog(ILogger<HopServer> logger)
{
    /// <summary>An exception that came out of the whole pipeline: of the caller's making, or not.</summary>
    public void LogFailure(Exception exception, string requestId)
    {
        if (exception is BadHttpRequestException)
            LogBadRequest(requestId, exception.Message);
        else
            LogApplicationError(exception, requestId);
    }

    [LoggerMessage(EventId = 2301, Level = LogLevel.Error, Message = "Request {RequestId} failed outside the application's own pipeline")]
    public partial void LogApplicationError(Exception exception, string requestId);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Information, Message = "Request {RequestId} was refused: {Reason}")]
    public partial void LogBadRequest(string requestId, string reason);

    [LoggerMessage(EventId = 2303, Level = LogLevel.Error, Message = "A request could not be begun")]
    public partial void LogUnreadable(Exception exception);

    [LoggerMessage(EventId = 2304, Level = LogLevel.Error, Message = "A request could not be ended")]
    public partial void LogBroken(Exception exception);

    [LoggerMessage(EventId = 2305, Level = LogLevel.Error, Message = "A call could not be answered")]
    public partial void LogCallBroken(Exception exception);

    [LoggerMessage(EventId = 2306, Level = LogLevel.Warning, Message = "{Count} requests and calls still ran when the replica stopped; they were cut off")]
    public partial void LogCutOff(int count);
}
