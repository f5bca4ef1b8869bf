using System.CommandLine;
using System.Text.Json.Nodes;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve logs</c>: what workers and builds wrote.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var application = new Argument<string>("application") { Description = "The application." };
        var deployment = new Argument<string?>("deployment") { Description = "One of its deployments.", Arity = ArgumentArity.ZeroOrOne };
        var replica = new Argument<string?>("replica") { Description = "One replica (epoch-number).", Arity = ArgumentArity.ZeroOrOne };
        var tail = new Option<int>("--tail") { Description = "How many of the last lines of each log.", DefaultValueFactory = static _ => 100 };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is written from now on." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("logs", "Print what the replicas of an application wrote, and what building its program said.") { application, deployment, replica, tail, follow, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            await using var stream = await client.ReadLogsAsync(
                parsed.GetValue(application)!, parsed.GetValue(deployment), parsed.GetValue(replica), parsed.GetValue(tail), parsed.GetValue(follow), cancellationToken);
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
                Terminal.Line(parsed.GetValue(json) ? ToJson(line) : line);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A line is <c>[deployment#replica] text</c>.</summary>
    private static string ToJson(string line)
    {
        var end = line.IndexOf(']');
        return new JsonObject { ["log"] = line[1..end], ["text"] = line[(end + 2)..] }.ToJsonString();
    }
}
