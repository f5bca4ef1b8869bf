namespace Serve.Wire.Control;

/// <summary>The environment variables through which a node agent talks to the program that it starts.</summary>
internal static class ProgramContract
{
    /// <summary><c>describe</c> or <c>replica</c>; unset, the program serves by itself.</summary>
    public const string ModeVariable = "SERVE_MODE";

    public const string DescribeMode = "describe";

    public const string ReplicaMode = "replica";

    /// <summary>The path of the agent's unix socket.</summary>
    public const string AgentVariable = "SERVE_AGENT";

    /// <summary>The id of the replica that this process shall be.</summary>
    public const string ReplicaVariable = "SERVE_REPLICA";

    /// <summary>For a program that describes itself: the path of a JSON file with the application's <c>args</c>, which it checks; unset where they are not known.</summary>
    public const string ArgsVariable = "SERVE_ARGS_FILE";

    /// <summary>The CPU cores that the replica has reserved, where it has reserved any: how many threads are worth their while.</summary>
    public const string CpusVariable = "SERVE_CPUS";

    /// <summary>The section of the program's configuration that holds the application's <c>args</c>.</summary>
    public const string ArgsSection = "Serve:Args";
}
