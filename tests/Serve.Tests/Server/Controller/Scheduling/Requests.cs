using Serve.Server.Controller.Scheduling;
using Serve.Specs;
using Serve.Specs.Placement;
using static Serve.Tests.Server.Controller.States;

namespace Serve.Tests.Server.Controller.Scheduling;

/// <summary>Makes requests for tests of the scheduler.</summary>
internal static class Requests
{
    public static PlacementRequest One(double cpus, double gpus = 0) => One(new ResourceOptions { Cpus = cpus, Gpus = gpus });

    public static PlacementRequest One(ResourceOptions options) => Of(new DeploymentOptions { Resources = options });

    public static PlacementRequest Of(DeploymentOptions options) => PlacementRequest.Of(Api, DeploymentSpec.Resolve("Api", options));

    public static PlacementRequest Group(PlacementStrategy strategy, params IReadOnlyList<IReadOnlyDictionary<string, double>> bundles) =>
        Of(new DeploymentOptions { PlacementGroupBundles = bundles, PlacementGroupStrategy = strategy });

    public static Placement Place(PlacementRequest request, params IReadOnlyList<NodeState> nodes) =>
        Scheduler.Place(NodeTable.Of(nodes), request, Counts(), NodePreference.Spread);

    public static Dictionary<string, double> Amounts(params ReadOnlySpan<(string Name, double Amount)> amounts)
    {
        var result = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, amount) in amounts)
            result[name] = amount;
        return result;
    }

    public static Dictionary<string, string> Texts(params ReadOnlySpan<(string Key, string Text)> texts)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, text) in texts)
            result[key] = text;
        return result;
    }

    public static Dictionary<string, int> Counts(params ReadOnlySpan<(string Node, int Count)> counts)
    {
        var result = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (node, count) in counts)
            result[node] = count;
        return result;
    }
}
