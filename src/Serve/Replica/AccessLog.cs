using Microsoft.Extensions.Logging;
using Serve.Telemetry.Logs;

namespace Serve.Replica;

/// <summary>One line for each request and call that the replica has handled, where the document asks for it: <c>GET /digits 200 12.3ms</c>, <c>CALL IReader.ReadAsync OK 3.1ms</c>.</summary>
internal sealed partial class AccessLog(LogControl logging, ILogger<AccessLog> logger)
{
    public bool IsOn => logging.IsAccessLogged;

    public void Write(string method, string route, string status, TimeSpan time) => LogRequest(method, route, status, time.TotalMilliseconds);

    [LoggerMessage(EventId = 2110, Level = LogLevel.Information, Message = "{Method} {Path} {Status} {Milliseconds:0.0}ms")]
    private partial void LogRequest(string method, string path, string status, double milliseconds);
}
