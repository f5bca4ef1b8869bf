using System.CommandLine;

namespace Serve.Cli.Commands;

/// <summary><c>serve rollback</c>: goes back to an earlier revision of an application.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var application = new Argument<string>("application") { Description = "The application." };
        var to = new Option<long?>("--to") { Description = "The revision, as 'serve history' lists it; by default the last one before this that was running." };
        var wait = new Option<bool>("--wait", "-w") { Description = "Return when it runs, or has failed." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("rollback", "Go back to an earlier revision of an application, as a new revision and without an interruption.") { application, to, wait, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(application)!;
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            DeployCommand.Print(await client.RollBackAsync(name, parsed.GetValue(to), cancellationToken), parsed.GetValue(json));
            return parsed.GetValue(wait) ? await DeployCommand.WaitAsync(client, parsed.GetValue(json), cancellationToken, name) : ExitCode.Ok;
        });
        return command;
    }
}
