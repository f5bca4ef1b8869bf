using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Serve.Identity;
using Serve.Specs.Logging;

namespace Serve.Hosting;

/// <summary>
/// How this replica logs where the document says so: over the program's own configuration, and changed while it runs. Where the document says
/// nothing, all stays as the program has it.
/// </summary>
internal sealed class ReplicaLogging(LoggingSpec? spec)
    : IPostConfigureOptions<ConsoleLoggerOptions>, IPostConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<ConsoleLoggerOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private LoggingSpec? _spec = spec;
    private ConfigurationReloadToken _changed = new();

    string IOptionsChangeTokenSource<ConsoleLoggerOptions>.Name => Options.DefaultName;

    string IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    /// <summary>Whether each request is logged.</summary>
    public bool IsAccessLogged => Volatile.Read(ref _spec)?.EnableAccessLog == true;

    public static ReplicaLogging Add(ILoggingBuilder logging, ReplicaId replica, LoggingSpec? spec)
    {
        var control = new ReplicaLogging(spec);
        logging.AddConsoleFormatter<JsonEntryFormatter, ConsoleFormatterOptions>();
        logging.Services.AddSingleton(new JsonEntryOrigin(replica));
        logging.Services.AddSingleton(control);
        logging.Services.AddSingleton<IPostConfigureOptions<ConsoleLoggerOptions>>(control);
        logging.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(control);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<ConsoleLoggerOptions>>(control);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(control);
        return control;
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
            options.FormatterName = spec.Encoding == LogEncoding.JSON ? JsonEntryFormatter.FormatterName : ConsoleFormatterNames.Simple;
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
