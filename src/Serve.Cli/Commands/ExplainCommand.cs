using System.CommandLine;
using System.Text.Json;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary><c>serve explain</c>: why an application is as it is.</summary>
internal static class ExplainCommand
{
    private const int UsualDecisions = 10;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var application = new Argument<string>("application") { Description = "The application." };
        var deployment = new Argument<string?>("deployment") { Description = "One of its deployments.", Arity = ArgumentArity.ZeroOrOne };
        var decisions = new Option<int>("--decisions") { Description = $"How many of the autoscaler's last decisions, for a deployment that is named. Default {UsualDecisions}.", DefaultValueFactory = static _ => UsualDecisions };
        decisions.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError($"--decisions is {result.GetValueOrDefault<int>()}; it must be at least 0.");
        });
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("explain", "Say why an application is not healthy, why it has as many replicas as it has, and what is awaited.") { application, deployment, decisions, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            var name = parsed.GetValue(application)!;
            if (parsed.GetValue(deployment) is { } one)
                await ExplainAsync(client, name, one, parsed.GetValue(decisions), parsed.GetValue(json), cancellationToken);
            else
                await ExplainAsync(client, name, parsed.GetValue(json), cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task ExplainAsync(AdminClient client, string application, bool json, CancellationToken cancellationToken)
    {
        var explanation = await client.ExplainAsync(application, cancellationToken);
        if (json)
            Terminal.Json(explanation, AdminJson.Default.Explanation);
        else
            Terminal.Line(ExplanationText.Of(explanation));
    }

    private static async Task ExplainAsync(AdminClient client, string application, string deployment, int decisions, bool json, CancellationToken cancellationToken)
    {
        var explanation = await client.ExplainAsync(application, deployment, cancellationToken);
        var autoscaling = await client.AutoscalingAsync(application, deployment, cancellationToken);
        if (!json)
        {
            Terminal.Line(ExplanationText.Of(explanation));
            if (AutoscalingText.Of(autoscaling, decisions) is { Length: > 0 } text)
                Terminal.Line(text);
            return;
        }

        var both = JsonSerializer.SerializeToNode(explanation, AdminJson.Default.DeploymentExplanation)!.AsObject();
        both["autoscaling"] = JsonSerializer.SerializeToNode(autoscaling with { Decisions = [.. autoscaling.Decisions.Take(decisions)] }, AdminJson.Default.AutoscalingDetails);
        Terminal.Line(both.ToJsonString(Indented));
    }
}
