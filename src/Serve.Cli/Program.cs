using System.CommandLine;
using Serve.Cli;
using Serve.Cli.Commands;

var root = new RootCommand("Serves models and programs: replicas, routing, scaling, upgrades.")
{
    RunCommand.Create(),
    StartCommand.Create(),
    DeployCommand.Create(),
    StatusCommand.Create(),
    ConfigCommand.Create(),
    LogsCommand.Create(),
    DeleteCommand.Create(),
    ShutdownCommand.Create(),
    BuildCommand.Create(),
};

return await CommandRunner.RunAsync(root, args);
