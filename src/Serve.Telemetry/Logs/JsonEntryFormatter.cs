using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Serve.Telemetry.Logs;

/// <summary>
/// A log entry as one JSON object on one line, under the names that Ray Serve's have:
/// <c>{"levelname":"INFO","asctime":"2026-01-31T10:00:00.000Z","component_name":"replica","component_id":"1-7","application":"shop","deployment":"Model","replica":"shop#Model#1-7","request_id":"…","route":"/predict","logger":"Shop.Model","message":"…"}</c>.
/// </summary>
internal sealed class JsonEntryFormatter(LogOrigin origin, TimeProvider timeProvider) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "serve-json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var values = EntryNames.ValuesOf(logEntry.State);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("levelname", EntryNames.LevelOf(logEntry.LogLevel));
            json.WriteString("asctime", EntryNames.TimeOf(timeProvider));
            json.WriteString("component_name", origin.Component);
            json.WriteString("component_id", origin.Id);
            foreach (var (name, value) in SubjectOf(values))
                json.WriteString(name, value);
            json.WriteString("logger", logEntry.Category);
            if (logEntry.EventId.Id != 0)
                json.WriteNumber("event_id", logEntry.EventId.Id);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            WriteValues(json, values);
            if (logEntry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        textWriter.Write(Environment.NewLine);
    }

    /// <summary>What the entry is about: the process's own names first, then the request's, then those that the message has.</summary>
    private Dictionary<string, string> SubjectOf(IReadOnlyDictionary<string, string?> values)
    {
        var subject = new Dictionary<string, string>(StringComparer.Ordinal);
        if (origin.Replica is { } replica)
        {
            subject[TelemetryTags.Application] = replica.Application;
            subject[TelemetryTags.Deployment] = replica.Deployment;
            subject[TelemetryTags.Replica] = replica.Id;
        }

        if (origin.Request() is { } request)
        {
            subject["request_id"] = request.Id;
            subject[TelemetryTags.Route] = request.Route;
        }

        foreach (var (name, value) in EntryNames.SubjectOf(values))
            subject.TryAdd(name, value);
        return subject;
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyDictionary<string, string?> values)
    {
        if (values.Count == 0)
            return;
        json.WriteStartObject("values");
        foreach (var (name, value) in values)
            json.WriteString(name, value);
        json.WriteEndObject();
    }
}
