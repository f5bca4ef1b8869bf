using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Serve.Grpc;

/// <summary>What the layer logs.</summary>
internal static partial class GrpcLog
{
    [LoggerMessage(EventId = 2601, Level = LogLevel.Error, Message = "{Method} failed")]
    public static partial void LogFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 2602, Level = LogLevel.Debug, Message = "{Method} ended with {Status}: {Detail}")]
    public static partial void LogEnded(ILogger logger, string method, StatusCode status, string detail);

    [LoggerMessage(EventId = 2603, Level = LogLevel.Debug, Message = "The status of {Method} could not be sent")]
    public static partial void LogUnsent(ILogger logger, Exception exception, string method);
}
