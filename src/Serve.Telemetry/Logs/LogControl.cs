using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Serve.Specs.Logging;

namespace Serve.Telemetry.Logs;

/// <summary>
/// How this process logs where the document says so: over its own configuration, and changed while it runs. Where the document says
/// nothing, all stays as the process has it.
/// </summary>
internal sealed class LogControl(LoggingSpec? spec)
    : IPostConfigureOptions<ConsoleLoggerOptions>, IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<ConsoleLoggerOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private LoggingSpec? _spec = spec;
    private ConfigurationReloadToken _changed = new();

    string IOptionsChangeTokenSource<ConsoleLoggerOptions>.Name => Options.DefaultName;

    string IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Whether each request is logged.</summary>
    public bool IsAccessLogged => Volatile.Read(ref _spec)?.EnableAccessLog == true;

    /// <summary>Adds the formats too, and takes the one for text where nothing says which to take.</summary>
    public static LogControl Add(ILoggingBuilder logging, LogOrigin origin, LoggingSpec? spec)
    {
        var control = new LogControl(spec);
        AddFormats(logging, origin);
        logging.Services.AddSingleton(control);
        logging.Services.AddSingleton<IPostConfigureOptions<ConsoleLoggerOptions>>(control);
        logging.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(control);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<ConsoleLoggerOptions>>(control);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(control);
        return control;
    }

    public static void AddFormats(ILoggingBuilder logging, LogOrigin origin)
    {
        logging.AddConsoleFormatter<JsonEntryFormatter, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<TextEntryFormatter, ConsoleFormatterOptions>();
        logging.Services.AddSingleton(origin);
    }

    public void Use(LoggingSpec? spec)
    {
        if (Interlocked.Exchange(ref _spec, spec) == spec)
            return;
        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public void PostConfigure(string? name, ConsoleLoggerOptions options)
    {
        if (Volatile.Read(ref _spec) is { } spec)
            options.FormatterName = spec.Encoding == LogEncoding.JSON ? JsonEntryFormatter.FormatterName : TextEntryFormatter.FormatterName;
    }

    /// <summary>The level of all categories that the program or Serve gives none of their own.</summary>
    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        if (Volatile.Read(ref _spec) is not { } spec)
            return;
        options.MinLevel = LevelOf(spec.LogLevel);
        options.Rules.Add(new LoggerFilterRule(providerName: null, categoryName: null, options.MinLevel, filter: null));
    }

    private static LogLevel LevelOf(LogSeverity severity) => severity switch
    {
        LogSeverity.DEBUG => LogLevel.Debug,
        LogSeverity.INFO => LogLevel.Information,
        LogSeverity.WARNING => LogLevel.Warning,
        LogSeverity.ERROR => LogLevel.Error,
        _ => LogLevel.Critical,
    };
}
