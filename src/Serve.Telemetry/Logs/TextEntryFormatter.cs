using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Serve.Telemetry.Logs;

/// <summary>
/// A log entry as one line, in the order that Ray Serve's have; the request's id and route stand there where a request writes:
/// <c>INFO 2026-01-31T10:00:00.000Z Model 1-7 6f1c… /predict Shop.Model - message</c>.
/// </summary>
internal sealed class TextEntryFormatter(LogOrigin origin, TimeProvider timeProvider) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "serve-text";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write($"{EntryNames.LevelOf(logEntry.LogLevel)} {EntryNames.TimeOf(timeProvider)} {origin.Replica?.Deployment ?? origin.Component} {origin.Id} ");
        if (origin.Request() is { } request)
            textWriter.Write($"{request.Id} {request.Route} ");
        textWriter.Write($"{logEntry.Category} - ");
        WriteInOneLine(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(' ');
            WriteInOneLine(textWriter, exception.ToString());
        }

        textWriter.Write(Environment.NewLine);
    }

    private static void WriteInOneLine(TextWriter writer, string text) => writer.Write(text.ReplaceLineEndings(" "));
}
