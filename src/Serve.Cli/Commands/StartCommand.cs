using System.CommandLine;
using System.Text;
using Serve.Admin;
using Serve.Cli.Output;
using Serve.Server.Hosting;
using Serve.Specs;

namespace Serve.Cli.Commands;

/// <summary><c>serve start</c>: a server that stays and brings back what was deployed to it.</summary>
internal static class StartCommand
{
    public static Command Create()
    {
        var options = new ServerOptions();
        var command = new Command("start", "Start a server in the foreground. It brings back the applications of its data folder; deploy others with 'serve deploy'.");
        var roles = new RoleOptions();
        foreach (var option in roles.All.Concat(options.All))
            command.Options.Add(option);
        command.SetAction((parsed, _) => RunAsync(options, roles, parsed));
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, RoleOptions roles, ParseResult parsed)
    {
        using var stop = new StopSignal();
        using var log = new ServerLogging();
        var settings = roles.Apply(parsed, options.Build(parsed, new ServeConfig(), options.DataFolder(parsed) ?? ServerOptions.DefaultDataFolder, log.Control, onOutput: null));
        try
        {
            await using var server = await ServeServer.StartAsync(settings, TimeProvider.System, log.Factory, stop.Token);
            if (options.Json(parsed))
                Terminal.Line(Encoding.UTF8.GetString(server.Addresses.ToJson()));
            else
                Print(settings, server.Addresses);
            await Task.WhenAny(stop.Stopped, server.Ending);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Stopped while it waited for its controller.
            return ExitCode.Ok;
        }
    }

    private static void Print(ServeServerOptions settings, ServerAddresses addresses) => Terminal.Markup(settings.Role switch
    {
        ServerRole.Controller => $"[bold]serve[/]: the controller is up. Admin {addresses.Admin}, data {settings.DataFolder}",
        ServerRole.Node => $"[bold]serve[/]: the node is up. Proxy [link]{addresses.Http}[/], gRPC {addresses.Grpc}, metrics {addresses.Metrics}metrics, data {settings.DataFolder}",
        _ => $"[bold]serve[/] is up. Proxy [link]{addresses.Http}[/], gRPC {addresses.Grpc}, admin {addresses.Admin}, data {settings.DataFolder}",
    });
}
