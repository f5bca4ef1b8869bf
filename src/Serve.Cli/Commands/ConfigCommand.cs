using System.CommandLine;
using System.Text.Json.Nodes;
using Serve.Admin;
using Serve.Cli.Config;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve config</c>: the document that was deployed last.</summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var name = new Option<string?>("--name", "-n") { Description = "One application only." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("config", "Print the document that was deployed last, as YAML.") { name, address, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(address)!, parsed.GetValue(name), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Uri address, string? name, bool json, CancellationToken cancellationToken)
    {
        using var client = ClientOptions.Connect(address);
        var details = await client.GetAsync(cancellationToken);
        if (name is not null && !details.Applications.ContainsKey(name))
            throw new CommandException(ExitCode.Failed, $"There is no application '{name}'.");
        var document = name is null ? WholeDocument(details) : details.Applications[name].DeployedAppConfig.DeepClone();
        Terminal.Line(json ? document.ToJsonString(AdminJson.Default.Options) : YamlText.Of(document).TrimEnd());
        return ExitCode.Ok;
    }

    private static JsonObject WholeDocument(InstanceDetails details)
    {
        var document = new JsonObject();
        if (details.HttpOptions is { Count: > 0 } http)
            document["http_options"] = http.DeepClone();
        if (details.GrpcOptions is { Count: > 0 } grpc)
            document["grpc_options"] = grpc.DeepClone();
        document["applications"] = new JsonArray([.. details.Applications.Values.Select(application => application.DeployedAppConfig.DeepClone())]);
        return document;
    }
}
