namespace Serve.Cli;

/// <summary>What the command's exit code says. Listed in <c>src/docs/cli.md</c>.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Ok = 0;

    /// <summary>The server did what it was told and it went wrong: an application failed, a name is unknown.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the document is wrong; nothing was changed.</summary>
    public const int Usage = 2;

    /// <summary>No server answers.</summary>
    public const int Unreachable = 3;
}
