using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve top</c>: what the deployments have to do, and how many replicas do it.</summary>
internal static class TopCommand
{
    public static Command Create()
    {
        var application = new Argument<string?>("application") { Description = "One application only.", Arity = ArgumentArity.ZeroOrOne };
        var once = new Option<bool>("--once") { Description = "Print it once and return, as where no person watches." };
        var address = ClientOptions.Address();
        var json = new Option<bool>("--json") { Description = "Print it once, as JSON." };
        var command = new Command("top", "Show load, queue, latency and replicas of all deployments and what the autoscaler makes of them, live until Ctrl-C.") { application, once, address, json };
        command.SetAction(async (parsed, _) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            using var stop = new StopSignal();
            var name = parsed.GetValue(application);
            if (!parsed.GetValue(json) && !parsed.GetValue(once) && Terminal.IsInteractive)
                return await new TopScreen(client, name).RunAsync(stop.Token);
            var load = await client.LoadAsync(name, stop.Token);
            if (parsed.GetValue(json))
                Terminal.Json(load, AdminJson.Default.ClusterLoad);
            else
                Terminal.Line(string.Join('\n', LoadText.Lines(load)));
            return ExitCode.Ok;
        });
        return command;
    }
}
