using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve history</c>: what was changed of an application, by whom and when.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var application = new Argument<string>("application") { Description = "The application." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("history", "List the revisions of an application, the newest first: what was changed, by whom, when.") { application, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            var history = await client.HistoryAsync(parsed.GetValue(application)!, cancellationToken);
            if (parsed.GetValue(json))
                Terminal.Json(history, AdminJson.Default.RevisionHistory);
            else
                Terminal.Line(HistoryText.Of(history));
            return ExitCode.Ok;
        });
        return command;
    }
}
