using Serve.Routing;

namespace Serve.Server.Store.Records;

/// <summary>
/// Puts the routes of applications together from the keys that the controller writes: one for each deployment, so that a replica which
/// becomes ready costs as much as its own deployment, and one for the application. Not thread-safe.
/// </summary>
internal sealed class RouteAssembly
{
    private readonly Dictionary<string, Parts> _applications = new(StringComparer.Ordinal);

    /// <summary>Takes a key's new value up, or that it is gone.</summary>
    /// <returns>The application, and its routes now; null while it has none.</returns>
    public (string Application, ApplicationRoutes? Routes) Take(string key, byte[]? value)
    {
        var (name, deployment) = ClusterKeys.SplitRoutes(key);
        if (!_applications.TryGetValue(name, out var parts))
            _applications.Add(name, parts = new Parts());
        if (deployment is null)
            parts.Own = value is null ? null : StoreJson.Read<ApplicationRoutes>(value);
        else if (value is null)
            parts.Deployments.Remove(deployment);
        else
            parts.Deployments[deployment] = StoreJson.Read<DeploymentRoutes>(value);
        if (parts is { Own: null, Deployments.Count: 0 })
            _applications.Remove(name);
        return (name, parts.Own is { } own ? own with { Deployments = [.. parts.Deployments.Values] } : null);
    }

    private sealed class Parts
    {
        public ApplicationRoutes? Own { get; set; }

        public SortedDictionary<string, DeploymentRoutes> Deployments { get; } = new(StringComparer.Ordinal);
    }
}
