using Serve.Specs.Parsing;

namespace Serve.Specs.Logging;

/// <summary>
/// How the replicas of a deployment log. One section is taken as a whole: the deployment's in the document, else the one in its code,
/// else the application's, else the document's. Where there is none, the program's own configuration holds.
/// </summary>
internal sealed record LoggingSpec
{
    [Key("encoding", "One line of text, or one JSON object, for each entry.", Update = UpdateClass.InPlace)]
    public LogEncoding Encoding { get; init; } = LogEncoding.TEXT;

    [Key("log_level", "What is at least written: a name, or Python's number for it.", Update = UpdateClass.InPlace)]
    public LogSeverity LogLevel { get; init; } = LogSeverity.INFO;

    [Key("enable_access_log", "Whether each replica writes a line for each request and each call that it has handled.", Update = UpdateClass.InPlace, RayDefault = "true", Differs = "a line for each request costs more than the request itself")]
    public bool EnableAccessLog { get; init; }
}

/// <summary>How an entry of a log is written.</summary>
internal enum LogEncoding
{
    TEXT,
    JSON,
}

/// <summary>How much a log entry matters, with the names and numbers of Python.</summary>
[Numbered]
internal enum LogSeverity
{
    DEBUG = 10,
    INFO = 20,
    WARNING = 30,
    ERROR = 40,
    CRITICAL = 50,
}
