using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Serve.Telemetry.Logs;

namespace Serve.Hosting;

/// <summary>Logging that suits a server, wherever the program's configuration does not say otherwise.</summary>
internal static class LoggingDefaults
{
    public static void AddServeLogging(this WebApplicationBuilder builder, ServeModeKind mode)
    {
        // Four lines for each request, at the default level, cost more than the request.
        Quieten(builder, "Microsoft.AspNetCore");
        // Where a replica listens interests nobody but its agent.
        if (mode != ServeModeKind.Embedded)
            Quieten(builder, "Microsoft.Hosting.Lifetime");
        // Enabled at any level it starts an activity and a scope for each request, although a replica has spans, scopes and an access log of its own.
        if (mode == ServeModeKind.Replica)
            Quieten(builder, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (builder.Configuration["Logging:Console:FormatterName"] is null)
        {
            builder.Logging.AddConsole(static console => console.FormatterName = TextEntryFormatter.FormatterName);
        }
    }

    private static void Quieten(WebApplicationBuilder builder, string category, LogLevel level = LogLevel.Warning)
    {
        if (builder.Configuration[$"Logging:LogLevel:{category}"] is null)
            builder.Logging.AddFilter(category, level);
    }
}
