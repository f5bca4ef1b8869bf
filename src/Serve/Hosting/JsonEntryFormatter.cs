using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Serve.Identity;
using Serve.Replica;

namespace Serve.Hosting;

/// <summary>
/// A log entry as one JSON object on one line, under the names that Ray Serve's have:
/// <c>{"levelname":"INFO","asctime":"2026-01-31T10:00:00.000Z","component_name":"replica","component_id":"1-7","application":"shop","deployment":"Model","replica":"shop#Model#1-7","request_id":"…","logger":"Shop.Model","message":"…"}</c>.
/// </summary>
internal sealed class JsonEntryFormatter(JsonEntryOrigin origin, TimeProvider timeProvider) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "serve-json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("levelname", NameOf(logEntry.LogLevel));
            json.WriteString("asctime", timeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("component_name", "replica");
            json.WriteString("component_id", origin.Replica.Suffix);
            json.WriteString("application", origin.Replica.Deployment.Application);
            json.WriteString("deployment", origin.Replica.Deployment.Name);
            json.WriteString("replica", origin.Replica.ToString());
            if (RequestContext.Current?.RequestId is { } request)
                json.WriteString("request_id", request);
            json.WriteString("logger", logEntry.Category);
            if (logEntry.EventId.Id != 0)
                json.WriteNumber("event_id", logEntry.EventId.Id);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            WriteValues(json, logEntry.State);
            if (logEntry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        textWriter.Write(Environment.NewLine);
    }

    /// <summary>The values that stand in the message, by their names.</summary>
    private static void WriteValues<TState>(Utf8JsonWriter json, TState state)
    {
        const string Template = "{OriginalFormat}";
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values || values.All(static pair => pair.Key == Template))
            return;
        json.WriteStartObject("values");
        foreach (var (name, value) in values.Where(static pair => pair.Key != Template).DistinctBy(static pair => pair.Key))
            json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };
}

/// <summary>Who writes the entries.</summary>
internal sealed record JsonEntryOrigin(ReplicaId Replica);
