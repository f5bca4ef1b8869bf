using System.CommandLine;
using System.Text.Json.Nodes;
using Serve.Admin;
using Serve.Cli.Config;
using Serve.Cli.Output;
using Serve.Server.Node;
using Serve.Server.Store.Records;
using Serve.Specs;

namespace Serve.Cli.Commands;

/// <summary><c>serve build</c>: writes the document of a program, with the options that its code sets.</summary>
internal static class BuildCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("program") { Description = "A project or its folder, a published .dll, or an executable." };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; by default standard output. The program's path is written relative to it." };
        var name = new Option<string>("--name") { Description = "The application's name.", DefaultValueFactory = static _ => ApplicationSpec.DefaultName };
        var prefix = new Option<string>("--route-prefix") { Description = "The application's route prefix.", DefaultValueFactory = static _ => "/" };
        var json = new Option<bool>("--json") { Description = "Write JSON instead of YAML." };
        var command = new Command("build", "Write a YAML document from a program.") { target, output, name, prefix, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var config = ConfigDocument.OfProgram(parsed.GetValue(target)!, parsed.GetValue(name)!, parsed.GetValue(prefix));
            var built = await BuildAsync(config.Applications[0], parsed.GetValue(output), cancellationToken);
            var document = parsed.GetValue(json) ? built.ToJsonString(AdminJson.Default.Options) : YamlText.Of(built);
            if (parsed.GetValue(output) is { } file)
                await File.WriteAllTextAsync(file, document, cancellationToken);
            else
                Terminal.Line(document.TrimEnd());
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<JsonObject> BuildAsync(ApplicationSpec application, string? output, CancellationToken cancellationToken)
    {
        using var folder = WorkFolder.CreateTemporary();
        using var runner = new ProgramRunner(new ProcessLauncher(), new ProgramFolder(folder.Path), new LogFolder(folder.Path), new WorkerRegistry(folder.Path), TimeProvider.System);
        var order = new DesiredProgram(application.Name, "build", application.ImportPath, new Dictionary<string, string>(), Args: application.Args);
        var report = await runner.RunAsync(order, static _ => { }, cancellationToken);
        if (report.Description is not { } description)
            throw new CommandException(ExitCode.Failed, report.Failure!);
        var home = output is null ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(output))!;
        var written = new JsonObject
        {
            ["name"] = application.Name,
            ["route_prefix"] = application.RoutePrefix,
            ["import_path"] = BuiltinPrograms.IsOne(application.ImportPath) ? application.ImportPath : Path.GetRelativePath(home, application.ImportPath),
        };
        if (application.Args.Count > 0)
            written["args"] = application.Args.DeepClone();
        written["deployments"] = new JsonArray([.. description.Deployments.Select(deployment => deployment.Options.DeepClone())]);
        return new JsonObject { ["applications"] = new JsonArray(written) };
    }
}
