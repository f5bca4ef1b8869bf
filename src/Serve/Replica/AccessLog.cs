using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serve.Hosting;

namespace Serve.Replica;

/// <summary>One line for each request and call that the replica has handled, where the document asks for it: <c>GET /digits 200 12.3ms</c>, <c>CALL IReader.ReadAsync OK 3.1ms</c>.</summary>
internal sealed partial class AccessLog(ReplicaLogging logging, ILogger<AccessLog> logger, TimeProvider timeProvider)
{
    private const long NotLogged = 0;

    /// <returns>What <see cref="End"/> wants to know.</returns>
    public long Begin() => logging.IsAccessLogged ? timeProvider.GetTimestamp() : NotLogged;

    public void End(long begin, HttpContext context)
    {
        if (begin == NotLogged)
            return;
        var milliseconds = timeProvider.GetElapsedTime(begin).TotalMilliseconds;
        LogRequest(context.Request.Method, context.Request.PathBase.Add(context.Request.Path), context.Response.StatusCode.ToString(System.Globalization.CultureInfo.InvariantCulture), milliseconds);
    }

    /// <summary>The same for a call of a handle.</summary>
    public void EndCall(long begin, string method, bool isDone, CancellationToken aborted)
    {
        if (begin != NotLogged)
            LogRequest("CALL", method, aborted.IsCancellationRequested ? "CANCELLED" : isDone ? "OK" : "ERROR", timeProvider.GetElapsedTime(begin).TotalMilliseconds);
    }

    [LoggerMessage(EventId = 2110, Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Milliseconds:0.0}ms")]
    private partial void LogRequest(string method, string path, string status, double milliseconds);
}
