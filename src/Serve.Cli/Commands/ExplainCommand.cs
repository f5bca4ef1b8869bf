using System.CommandLine;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve explain</c>: why an application is as it is.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var application = new Argument<string>("application") { Description = "The application." };
        var deployment = new Argument<string?>("deployment") { Description = "One of its deployments.", Arity = ArgumentArity.ZeroOrOne };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("explain", "Say why an application is not healthy, why it has as many replicas as it has, and what is awaited.") { application, deployment, address, json };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetValue(address)!, parsed.GetValue(application)!, parsed.GetValue(deployment), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Uri address, string application, string? deployment, bool json, CancellationToken cancellationToken)
    {
        using var client = ClientOptions.Connect(address);
        if (deployment is null)
        {
            var explanation = await client.ExplainAsync(application, cancellationToken);
            if (json)
                Terminal.Json(explanation, AdminJson.Default.Explanation);
            else
                Terminal.Line(ExplanationText.Of(explanation));
        }
        else
        {
            var explanation = await client.ExplainAsync(application, deployment, cancellationToken);
            if (json)
                Terminal.Json(explanation, AdminJson.Default.DeploymentExplanation);
            else
                Terminal.Line(ExplanationText.Of(explanation));
        }

        return ExitCode.Ok;
    }
}
