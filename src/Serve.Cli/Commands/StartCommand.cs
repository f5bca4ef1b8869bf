using System.CommandLine;
using System.Text;
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
        foreach (var option in options.All)
            command.Options.Add(option);
        command.SetAction((parsed, _) => RunAsync(options, parsed));
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, ParseResult parsed)
    {
        using var stop = new StopSignal();
        using var loggers = ServerLogging.Create();
        var settings = options.Build(parsed, new ServeConfig(), options.DataFolder(parsed) ?? DefaultDataFolder(), onOutput: null);
        await using var server = await ServeServer.StartAsync(settings, TimeProvider.System, loggers, stop.Token);
        var addresses = server.Addresses;
        if (options.Json(parsed))
            Terminal.Line(Encoding.UTF8.GetString(addresses.ToJson()));
        else
            Terminal.Markup($"[bold]serve[/] is up. Proxy [link]{addresses.Http}[/], gRPC {addresses.Grpc}, admin {addresses.Admin}, data {settings.DataFolder}");
        await Task.WhenAny(stop.Stopped, server.Ending);
        return ExitCode.Ok;
    }

    private static string DefaultDataFolder() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "serve");
}
