using Serve.Admin;
using Serve.Status;
using Spectre.Console;

namespace Serve.Cli.Output;

/// <summary>Shows the state of the server to a person.</summary>
internal static class StatusPrinter
{
    public static void Print(InstanceDetails details, string? application)
    {
        var controller = details.ControllerInfo;
        Terminal.Out.MarkupLineInterpolated($"[grey]server {controller.Pid} on {controller.NodeId}, version {controller.Version}[/]");
        foreach (var proxy in details.Proxies.Values)
            Terminal.Out.MarkupLineInterpolated($"[grey]proxy  {proxy.HttpUrl}  grpc {proxy.GrpcUrl}  {proxy.Status}[/]");
        if (details.Applications.Count == 0)
            Terminal.Out.MarkupLine("No application is deployed.");
        foreach (var one in details.Applications.Values.Where(one => application is null || one.Name == application))
            Terminal.Out.Write(ToTree(one));
    }

    /// <summary>One line for all applications.</summary>
    public static string Summary(InstanceDetails details) => string.Join("  ", details.Applications.Values.Select(application =>
        $"{application.Name} {application.Status}: {(application.Deployments.Count == 0 ? application.Message.Split('\n')[0] : string.Join(", ", application.Deployments.Values.Select(Summary)))}"));

    private static string Summary(DeploymentDetails deployment) =>
        $"{deployment.Name} {deployment.Replicas.Count(replica => replica.IsReady())}/{deployment.TargetNumReplicas}";

    private static Tree ToTree(ApplicationDetails application)
    {
        var prefix = application.RoutePrefix is null ? "not on HTTP" : application.RoutePrefix;
        var tree = new Tree(new Markup($"[bold]{Markup.Escape(application.Name)}[/] {Markup.Escape(prefix)} [{ColorOf((int)application.Status)}]{application.Status}[/]"));
        AddMessage(tree, application.Deployments.Count == 0 || application.Status == ApplicationStatus.DEPLOY_FAILED ? application.Message : "");
        foreach (var deployment in application.Deployments.Values)
        {
            var running = deployment.Replicas.Count(replica => replica.IsReady());
            var node = tree.AddNode(new Markup($"[bold]{Markup.Escape(deployment.Name)}[/] {running}/{deployment.TargetNumReplicas} [{ColorOf((int)deployment.Status)}]{deployment.Status}[/]"));
            AddMessage(node, deployment.Message);
            foreach (var replica in deployment.Replicas)
                node.AddNode(new Text($"{replica.ReplicaId[(replica.ReplicaId.LastIndexOf('#') + 1)..]} {replica.State} pid {replica.Pid?.ToString() ?? "-"}{NoteOn(replica)}"));
        }

        return tree;
    }

    private static string NoteOn(ReplicaDetails replica) => replica switch
    {
        { State: ReplicaState.STARTING } => $" ({replica.Message})",
        { IsStandby: true } => " (standby)",
        _ => "",
    };

    private static void AddMessage(IHasTreeNodes parent, string message)
    {
        if (message.Length > 0)
            parent.AddNode(new Text(message));
    }

    private static string ColorOf(int status) => status switch
    {
        1 or 2 => "red",
        6 => "green",
        _ => "yellow",
    };
}
