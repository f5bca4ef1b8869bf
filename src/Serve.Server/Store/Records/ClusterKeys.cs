using System.Globalization;
using Serve.Identity;

namespace Serve.Server.Store.Records;

/// <summary>The keys under which controller and nodes talk to each other through the store.</summary>
internal static class ClusterKeys
{
    /// <summary>Exists while somebody leads; its create revision names that leader.</summary>
    public const string Leader = "/serve/leader";

    /// <summary>The number of the last leader, which grows by one with each; and zero, from when there was none.</summary>
    public const string Epochs = "/serve/epochs/";

    /// <summary>The options of the whole document that was deployed last.</summary>
    public const string Settings = "/serve/settings";

    public const string Applications = "/serve/applications/";

    public const string Revisions = "/serve/revisions/";

    public const string Routes = "/serve/routes/";

    public const string Nodes = "/serve/nodes/";

    public static string Epoch(long epoch) => Epochs + epoch.ToString(CultureInfo.InvariantCulture);

    public static string Application(string name) => Applications + Uri.EscapeDataString(name);

    public static string Revision(string application, long number) => $"{Revisions}{Uri.EscapeDataString(application)}/{number}";

    /// <summary>What the routes of an application have beside its deployments'. Sorts behind those: whoever reads them in order has all when this comes.</summary>
    public static string RoutesOf(string application) => $"{Routes}{Uri.EscapeDataString(application)}/prefix";

    public static string RoutesOf(DeploymentId deployment) => $"{Routes}{Uri.EscapeDataString(deployment.Application)}/deployments/{Uri.EscapeDataString(deployment.Name)}";

    /// <summary>The application that a key below <see cref="Routes"/> belongs to, and the deployment, if it is one's.</summary>
    public static (string Application, string? Deployment) SplitRoutes(string key)
    {
        var parts = key[Routes.Length..].Split('/');
        return (Uri.UnescapeDataString(parts[0]), parts.Length == 3 ? Uri.UnescapeDataString(parts[2]) : null);
    }

    public static string Info(string node) => $"{Nodes}{node}/info";

    public static string DesiredOf(string node) => $"{Nodes}{node}/desired/";

    public static string DesiredReplicasOf(string node) => $"{DesiredOf(node)}replicas/";

    public static string DesiredReplica(string node, ReplicaId replica) => DesiredReplicasOf(node) + Escape(replica);

    public static string DesiredProgram(string node, string application) => $"{DesiredOf(node)}programs/{Uri.EscapeDataString(application)}";

    /// <summary>What a node reports.</summary>
    public static string StatusOf(string node) => $"{Nodes}{node}/status/";

    public static string ReplicaStatus(string node, ReplicaId replica) => $"{StatusOf(node)}replicas/{Escape(replica)}";

    public static string ProgramStatus(string node, string application) => $"{StatusOf(node)}programs/{Uri.EscapeDataString(application)}";

    /// <summary>The node that a key below <see cref="Nodes"/> belongs to, and the rest of the key.</summary>
    public static (string Node, string Tail) SplitNode(string key)
    {
        var rest = key[Nodes.Length..];
        var slash = rest.IndexOf('/');
        return (rest[..slash], rest[(slash + 1)..]);
    }

    private static string Escape(ReplicaId replica) => Uri.EscapeDataString(replica.ToString());
}
