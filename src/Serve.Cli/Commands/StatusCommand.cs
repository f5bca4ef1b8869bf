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
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("status", "Show the applications, their deployments and replicas.") { name, address, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(address)!, parsed.GetValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Uri address, string? name, bool json, CancellationToken cancellationToken)
    {
        using var client = new AdminClient(address);
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
