using Serve.Identity;
using Serve.Wire.Control;

namespace Serve.Hosting;

internal enum ServeModeKind
{
    /// <summary>The program serves all its deployments in this process.</summary>
    Embedded,

    /// <summary>The program prints what it has and exits.</summary>
    Describe,

    /// <summary>The program is one replica of a node agent.</summary>
    Replica,
}

/// <summary>What the environment asks of the program.</summary>
internal sealed class ServeMode
{
    public required ServeModeKind Kind { get; init; }

    /// <summary>The path of the agent's socket, where the program is a replica.</summary>
    public string AgentSocket { get; init; } = "";

    public ReplicaId Replica { get; init; }

    /// <summary>Whether MapServe was called.</summary>
    public bool IsMapped { get; set; }

    /// <exception cref="InvalidOperationException">A variable is missing or has no meaning.</exception>
    public static ServeMode Read()
    {
        var mode = Environment.GetEnvironmentVariable(ProgramContract.ModeVariable);
        return mode switch
        {
            null or "" => new ServeMode { Kind = ServeModeKind.Embedded },
            ProgramContract.DescribeMode => new ServeMode { Kind = ServeModeKind.Describe },
            ProgramContract.ReplicaMode => new ServeMode
            {
                Kind = ServeModeKind.Replica,
                AgentSocket = Required(ProgramContract.AgentVariable),
                Replica = ReplicaId.TryParse(Required(ProgramContract.ReplicaVariable), out var replica)
                    ? replica
                    : throw new InvalidOperationException($"{ProgramContract.ReplicaVariable} is '{Required(ProgramContract.ReplicaVariable)}', which is not a replica id."),
            },
            _ => throw new InvalidOperationException(
                $"{ProgramContract.ModeVariable} is '{mode}'; it must be '{ProgramContract.DescribeMode}', '{ProgramContract.ReplicaMode}' or unset."),
        };
    }

    private static string Required(string variable) =>
        Environment.GetEnvironmentVariable(variable) ?? throw new InvalidOperationException($"{ProgramContract.ModeVariable} is set, but {variable} is not.");
}
