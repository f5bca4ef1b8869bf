using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Serve.Hosting;

/// <summary>Logging that suits a server, wherever the program's configuration does not say otherwise.</summary>
internal static class LoggingDefaults
{
    private const string Framework = "Microsoft.AspNetCore";

    public static void AddServeLogging(this WebApplicationBuilder builder)
    {
        // Four lines for each request, at the default level, cost more than the request.
        if (builder.Configuration[$"Logging:LogLevel:{Framework}"] is null)
            builder.Logging.AddFilter(Framework, LogLevel.Warning);
        if (builder.Configuration["Logging:Console:FormatterName"] is null)
        {
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
        }
    }
}
