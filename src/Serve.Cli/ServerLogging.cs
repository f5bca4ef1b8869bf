using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serve.Telemetry.Logs;

namespace Serve.Cli;

/// <summary>The server's own log: one line each, on standard error, as the document's logging_config says.</summary>
internal sealed class ServerLogging : IDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="level">What is written at least, where the document says nothing.</param>
    public ServerLogging(LogLevel level = LogLevel.Information)
    {
        LogControl? control = null;
        var services = new ServiceCollection().AddSingleton(TimeProvider.System);
        services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(level)
                .AddFilter("Microsoft", LogLevel.Warning)
                // Each of its entries would cost every request an activity and a scope, and the proxy has its own.
                .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
                .AddConsole(console =>
                {
                    console.LogToStandardErrorThreshold = LogLevel.Trace;
                    console.FormatterName = TextEntryFormatter.FormatterName;
                });
            control = LogControl.Add(logging, new LogOrigin("server", $"{Environment.ProcessId}"), spec: null);
        });
        _services = services.BuildServiceProvider();
        Control = control!;
        Factory = _services.GetRequiredService<ILoggerFactory>();
    }

    public ILoggerFactory Factory { get; }

    public LogControl Control { get; }

    public void Dispose() => _services.Dispose();
}
