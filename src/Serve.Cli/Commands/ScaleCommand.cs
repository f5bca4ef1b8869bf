using System.CommandLine;
using Serve.Admin;

namespace Serve.Cli.Commands;

/// <summary><c>serve scale</c>: sets the number of replicas of a deployment.</summary>
internal static class ScaleCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("target") { Description = "The deployment, as application/deployment; of an application with one deployment its name is enough." };
        var replicas = new Argument<int>("replicas") { Description = "How many replicas shall run." };
        var wait = new Option<bool>("--wait", "-w") { Description = "Return when they run." };
        var address = ClientOptions.Address();
        var json = ClientOptions.Json();
        var command = new Command("scale", "Set the number of replicas of a deployment. Only those that come or go are touched.") { target, replicas, wait, address, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = ClientOptions.Connect(parsed.GetValue(address)!);
            var (application, deployment) = Find(await client.GetAsync(cancellationToken), parsed.GetValue(target)!);
            DeployCommand.Print(await client.ScaleAsync(application, deployment, parsed.GetValue(replicas), cancellationToken), parsed.GetValue(json));
            return parsed.GetValue(wait) ? await DeployCommand.WaitAsync(client, parsed.GetValue(json), cancellationToken, application) : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A slash may be part of a name, so only what is there says where the application's name ends.</summary>
    private static (string Application, string Deployment) Find(InstanceDetails details, string target)
    {
        var named = from application in details.Applications.Values
                    where target.StartsWith(application.Name + "/", StringComparison.Ordinal)
                    select (application.Name, Deployment: target[(application.Name.Length + 1)..]);
        if (named.OrderByDescending(pair => pair.Name.Length).FirstOrDefault() is { Name: { } name } found)
            return (name, found.Deployment);
        if (details.Applications.GetValueOrDefault(target) is not { } whole)
            throw new CommandException(ExitCode.Failed, $"There is no application '{target.Split('/')[0]}'; there are {Names(details.Applications.Keys)}.");
        return whole.Deployments.Keys.ToList() is [var only]
            ? (target, only)
            : throw new CommandException(ExitCode.Usage, $"Application '{target}' has {whole.Deployments.Count} deployments ({Names(whole.Deployments.Keys)}); name one: {target}/{whole.Deployments.Keys.FirstOrDefault("deployment")}.");
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'").DefaultIfEmpty("none"));
}
