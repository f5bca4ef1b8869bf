using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Config;
using Serve.Cli.Output;
using Serve.Specs.Parsing;
using Serve.Status;

namespace Serve.Cli.Commands;

/// <summary><c>serve deploy</c>: submits a document to a running server.</summary>
internal static class DeployCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    public static Command Create()
    {
        var file = new Argument<string>("document") { Description = "The YAML or JSON document: all applications that shall run." };
        var wait = new Option<bool>("--wait", "-w") { Description = "Return when all applications run, or one has failed." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("deploy", "Submit a document to a running server. Applications that it does not name are deleted.") { file, wait, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var config = ConfigDocument.Read(parsed.GetValue(file)!, Terminal.Warn);
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            Print(await client.DeployAsync(ConfigWriter.Write(config), cancellationToken), parsed.GetValue(json));
            return parsed.GetValue(wait) ? await WaitAsync(client, parsed.GetValue(json), cancellationToken) : ExitCode.Ok;
        });
        return command;
    }

    public static void Print(AdminReply reply, bool json)
    {
        if (json)
        {
            Terminal.Json(reply, AdminJson.Default.AdminReply);
            return;
        }

        Terminal.Line(reply.Message);
        foreach (var warning in reply.Warnings ?? [])
            Terminal.Warn(warning);
    }

    /// <summary>Waits until all applications, or the one that is named, run or one has failed, and says so.</summary>
    public static async Task<int> WaitAsync(AdminClient client, bool quiet, CancellationToken cancellationToken, string? name = null)
    {
        var shown = "";
        while (true)
        {
            var details = await client.GetAsync(cancellationToken);
            if (name is not null)
                details = details with { Applications = details.Applications.Where(pair => pair.Key == name).ToDictionary() };
            var summary = StatusPrinter.Summary(details);
            if (Terminal.IsInteractive)
                Terminal.Status(summary);
            else if (summary != shown && !quiet)
                Terminal.Line(shown = summary);
            if (details.Applications.Values.FirstOrDefault(application => application.Status == ApplicationStatus.DEPLOY_FAILED) is { } failed)
            {
                Terminal.Status(null);
                throw new CommandException(ExitCode.Failed, $"Application '{failed.Name}' could not be deployed.", failed.Message.Split('\n'));
            }

            if (details.Applications.Values.All(application => application.Status == ApplicationStatus.RUNNING))
            {
                Terminal.Status(null);
                return ExitCode.Ok;
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }
    }
}
