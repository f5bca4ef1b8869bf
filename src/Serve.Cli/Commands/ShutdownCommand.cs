using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve shutdown</c>: deletes all applications and ends the server.</summary>
internal static class ShutdownCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Don't ask." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("shutdown", "Delete all applications and end the server.") { yes, address, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(address)!, parsed.GetValue(yes), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Uri address, bool yes, bool json, CancellationToken cancellationToken)
    {
        using var client = ClientOptions.Connect(address);
        var details = await client.GetAsync(cancellationToken);
        if (!yes && !Confirm(details))
            return ExitCode.Failed;
        await client.DeleteAllAsync(cancellationToken);
        while ((await client.GetAsync(cancellationToken)).Applications.Count > 0)
            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        DeployCommand.Print(await client.ShutdownAsync(cancellationToken), json);
        return ExitCode.Ok;
    }

    private static bool Confirm(InstanceDetails details)
    {
        if (Console.IsInputRedirected)
            throw new CommandException(ExitCode.Usage, "Nobody is there to confirm; give --yes.");
        Terminal.Line($"This deletes {details.Applications.Count} applications and ends the server {details.ControllerInfo.Pid}. Go on? [y/N]");
        return Console.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
