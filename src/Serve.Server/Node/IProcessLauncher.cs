namespace Serve.Server.Node;

/// <summary>Starts processes: the edge between the node agent and the operating system.</summary>
internal interface IProcessLauncher
{
    /// <summary>Starts a process.</summary>
    /// <exception cref="InvalidOperationException">It can't be started; the message says why.</exception>
    ILaunchedProcess Launch(LaunchSpec spec);
}

/// <param name="File">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="WorkingDirectory">The folder to start it in.</param>
/// <param name="Environment">Variables on top of the agent's own; a null takes one away.</param>
internal sealed record LaunchSpec(string File, IReadOnlyList<string> Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string?> Environment);

/// <summary>A process that runs or has run.</summary>
internal interface ILaunchedProcess : IDisposable
{
    int Id { get; }

    /// <summary>Completes with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>What it writes to its standard output and error.</summary>
    IReadOnlyList<Stream> Outputs { get; }

    /// <summary>Asks it to end.</summary>
    void Terminate();

    /// <summary>Ends it and what it has started.</summary>
    void Kill();
}
