using System.CommandLine;
using Serve.Cli.Commands;

namespace Serve.Cli;

/// <summary>All commands.</summary>
internal static class RootCommands
{
    public static RootCommand Create() => new("Serves models and programs: replicas, routing, scaling, upgrades.")
    {
        RunCommand.Create(),
        StartCommand.Create(),
        DeployCommand.Create(),
        StatusCommand.Create(),
        TopCommand.Create(),
        ExplainCommand.Create(),
        ScaleCommand.Create(),
        HistoryCommand.Create(),
        RollbackCommand.Create(),
        ConfigCommand.Create(),
        LogsCommand.Create(),
        DeleteCommand.Create(),
        ShutdownCommand.Create(),
        BuildCommand.Create(),
    };
}
