namespace Serve.Telemetry.Logs;

/// <summary>Who writes the entries of a log.</summary>
/// <param name="Component">What the process is: <c>replica</c>, <c>server</c>, <c>program</c>.</param>
/// <param name="Id">Which one of them.</param>
internal sealed record LogOrigin(string Component, string Id)
{
    /// <summary>The application, deployment and replica, or null where the process is none.</summary>
    public ReplicaNames? Replica { get; init; }

    /// <summary>The request that the current code works for. Asked for each entry.</summary>
    public Func<LogRequest?> Request { get; init; } = static () => null;
}

/// <summary>A replica as its log names it.</summary>
internal sealed record ReplicaNames(string Application, string Deployment, string Id);

/// <summary>A request as a log names it.</summary>
internal readonly record struct LogRequest(string Id, string Route);
