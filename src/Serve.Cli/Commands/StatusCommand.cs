using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve status</c>: what runs, and how it is.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var name = new Option<string?>("--name", "-n") { Description = "One application only." };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on showing it until Ctrl-C: on a terminal the whole state, elsewhere a line for each change; with --json one object a line." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("status", "Show the applications, their deployments and replicas.") { name, watch, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            return parsed.GetValue(watch)
                ? await new StatusWatch(client, parsed.GetValue(name), parsed.GetValue(json)).RunAsync(cancellationToken)
                : await ShowAsync(client, parsed.GetValue(name), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowAsync(AdminClient client, string? name, bool json, CancellationToken cancellationToken)
    {
        var details = await client.GetAsync(cancellationToken);
        if (name is not null && !details.Applications.ContainsKey(name))
            throw new CommandException(ExitCode.Failed, $"There is no application '{name}'.");
        if (!json)
            StatusPrinter.Print(details, name);
        else if (name is null)
            Terminal.Json(details, AdminJson.Default.InstanceDetails);
        else
            Terminal.Json(details.Applications[name], AdminJson.Default.ApplicationDetails);
        return ExitCode.Ok;
    }
}
