namespace Serve.Cli;

/// <summary>Ends the command with a message and an exit code.</summary>
internal sealed class CommandException(int exitCode, string message, IReadOnlyList<string>? details = null) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Each single thing that is wrong.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];
}
