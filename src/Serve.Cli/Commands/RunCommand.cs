using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Logging;
using Serve.Admin;
using Serve.Cli.Config;
using Serve.Cli.Output;
using Serve.Server.Hosting;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Cli.Commands;

/// <summary><c>serve run</c>: a server for one document or program, until Ctrl-C.</summary>
internal static class RunCommand
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "A YAML document, a project or its folder, a published .dll, an executable, an .onnx file, or a folder of models." };
        var name = new Option<string>("--name") { Description = "The application's name, where the target is a program.", DefaultValueFactory = static _ => ApplicationSpec.DefaultName };
        var prefix = new Option<string>("--route-prefix") { Description = "The application's route prefix, where the target is a program.", DefaultValueFactory = static _ => "/" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Don't print what the replicas write." };
        var options = new ServerOptions();
        var command = new Command("run", "Run a document, a program or models until Ctrl-C.") { target, name, prefix, quiet };
        foreach (var option in options.All)
            command.Options.Add(option);
        command.SetAction((parsed, _) =>
        {
            var path = parsed.GetValue(target)!;
            var config = ConfigDocument.IsDocument(path) ? ConfigDocument.Read(path, Terminal.Warn) : ConfigDocument.OfProgram(path, parsed.GetValue(name)!, parsed.GetValue(prefix));
            return RunAsync(config, options, parsed, parsed.GetValue(quiet));
        });
        return command;
    }

    private static async Task<int> RunAsync(ServeConfig config, ServerOptions options, ParseResult parsed, bool quiet)
    {
        using var stop = new StopSignal();
        using var log = new ServerLogging(LogLevel.Warning);
        using var folder = options.DataFolder(parsed) is { } given ? new WorkFolder(given, isTemporary: false) : WorkFolder.CreateTemporary();
        var settings = options.Build(parsed, config, folder.Path, log.Control, quiet || options.Json(parsed) ? null : static (worker, line) => Terminal.Line($"[{worker}] {line}"));
        try
        {
            await using var server = await ServeServer.StartAsync(settings, TimeProvider.System, log.Factory, stop.Token);
            using var client = ClientOptions.Connect(server.Addresses.Admin!);
            var reply = await client.DeployAsync(ConfigWriter.Write(config with { HttpOptions = settings.Http, GrpcOptions = settings.Grpc }), stop.Token);
            foreach (var warning in reply.Warnings ?? [])
                Terminal.Warn(warning);
            await DeployCommand.WaitAsync(client, quiet: options.Json(parsed), stop.Token);
            if (options.Json(parsed))
                Terminal.Line(Encoding.UTF8.GetString(server.Addresses.ToJson()));
            else
                PrintAddresses(await client.GetAsync(stop.Token), server.Addresses, config.HttpOptions.RootPath);
            await ShowStatusAsync(client, stop, server);
            return ExitCode.Ok;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
    }

    private static void PrintAddresses(InstanceDetails details, ServerAddresses addresses, string rootPath)
    {
        var proxy = addresses.Http is { } http ? http.ToString().TrimEnd('/') + rootPath : null;
        foreach (var application in details.Applications.Values.Where(application => application.RoutePrefix is not null && proxy is not null))
        {
            Terminal.Markup($"[bold green]{application.Name}[/] is running at [link]{proxy}{application.RoutePrefix}[/]");
            foreach (var curl in CurlLines.Of(application, proxy!))
                Terminal.Line($"  {curl}");
        }

        Terminal.Markup($"[grey]admin API {addresses.Admin}, gRPC {addresses.Grpc}. Ctrl-C stops everything.[/]");
    }

    private static async Task ShowStatusAsync(AdminClient client, StopSignal stop, ServeServer server)
    {
        using var timer = new PeriodicTimer(RefreshInterval);
        while (!stop.Stopped.IsCompleted && !server.Ending.IsCompleted)
        {
            if (Terminal.IsInteractive)
            {
                var routers = server.Routes.Current.Applications.Values.Select(application => application.Ingress).OfType<Routing.DeploymentRouter>().ToList();
                var running = routers.Sum(router => router.Replicas.Replicas.Sum(replica => replica.Ongoing));
                Terminal.Status($"{StatusPrinter.Summary(await client.GetAsync(stop.Token))}  {running} running, {routers.Sum(router => router.Waiting)} waiting");
            }

            await Task.WhenAny(timer.WaitForNextTickAsync(stop.Token).AsTask(), stop.Stopped, server.Ending);
        }

        Terminal.Status(null);
    }
}
