using System.Collections.Immutable;
using Serve.Routing.Custom;
using Serve.Routing.Limits;
using Serve.Specs.Routing;

namespace Serve.Routing;

/// <summary>The long-lived routers of one application's deployments. Fed by one writer, read by every request.</summary>
internal sealed class ApplicationRouter(string name, RouterEnvironment environment)
{
    private volatile State _state = new(
        new ApplicationRoutes(name, RoutePrefix: null, Ingress: null, []),
        ImmutableDictionary<string, DeploymentRouter>.Empty,
        Ingress: null,
        RateLimit: null);

    public string Name { get; } = name;

    public ApplicationRoutes Routes => _state.Routes;

    /// <summary>The router of the deployment that takes requests from outside, or null while it is not known.</summary>
    public DeploymentRouter? Ingress => _state.Ingress;

    /// <summary>How many requests each client may send, or null for any number.</summary>
    public KeyedRateLimit? RateLimit => _state.RateLimit;

    public DeploymentRouter? Find(string deployment) => _state.Deployments.GetValueOrDefault(deployment);

    /// <summary>Puts new routes in force. Replicas that stay keep their entry, with its connections and counts.</summary>
    public void Update(ApplicationRoutes routes)
    {
        var old = _state.Deployments;
        var routers = ImmutableDictionary.CreateBuilder<string, DeploymentRouter>(StringComparer.Ordinal);
        foreach (var deployment in routes.Deployments)
        {
            var router = old.GetValueOrDefault(deployment.Name) ?? new DeploymentRouter(Name, deployment.Name, environment.TimeProvider, environment.Sampler);
            var before = router.Replicas.Replicas;
            router.Update(new ReplicaSet(
                Merge(before, deployment.Replicas),
                deployment.MaxOngoingRequests,
                deployment.MaxQueuedRequests,
                deployment.Replicas.Count > 0 ? null : deployment.UnavailableReason ?? routes.UnavailableReason)
            {
                RetryAfter = deployment.RetryAfter,
                Rules = deployment.Rules ?? RoutingRules.Standard,
                Custom = CustomOf(router.Replicas, deployment.Rules),
            });
            Retire(before, router.Replicas.Replicas);
            routers[deployment.Name] = router;
        }

        _state = new State(routes, routers.ToImmutable(), routes.Ingress is null ? null : routers.GetValueOrDefault(routes.Ingress), LimitOf(routes.RateLimit));
        foreach (var gone in old.Where(pair => !routers.ContainsKey(pair.Key)))
            Close(gone.Value, $"it is not part of application '{Name}' any more.");
    }

    /// <summary>The application is gone: whoever waits is told so.</summary>
    public void Close()
    {
        foreach (var router in _state.Deployments.Values)
            Close(router, $"application '{Name}' was deleted.");
    }

    private ReplicaEntry[] Merge(ReplicaEntry[] before, IReadOnlyList<ReplicaRoute> routes)
    {
        var known = before.ToDictionary(entry => entry.Id, StringComparer.Ordinal);
        return [.. routes.Select(route => known.TryGetValue(route.Id, out var entry) ? entry : Connect(route))];
    }

    private ReplicaEntry Connect(ReplicaRoute route)
    {
        var entry = environment.Connect(route);
        entry.Tier = environment.Location.TierOf(route);
        return entry;
    }

    /// <summary>The program's own router stays while its rules do: it may remember what it has seen.</summary>
    private CustomChoice? CustomOf(ReplicaSet before, RoutingRules? rules)
    {
        if (rules?.Router is not { } router || environment.CreateRouter is not { } create)
            return null;
        return before.Rules.Router == router && before.Rules.RouterArguments == rules.RouterArguments && before.Custom is { } same ? same : new CustomChoice(create(router, rules.RouterArguments));
    }

    /// <summary>A limit that stays the same goes on counting.</summary>
    private KeyedRateLimit? LimitOf(RateLimitSpec? spec) =>
        spec is null ? null : _state.RateLimit is { } same && same.Spec == spec ? same : new KeyedRateLimit(spec, environment.TimeProvider);

    private static void Retire(ReplicaEntry[] before, ReplicaEntry[] after)
    {
        foreach (var gone in before.Except(after))
            gone.Retire();
    }

    private static void Close(DeploymentRouter router, string reason)
    {
        var replicas = router.Replicas.Replicas;
        router.Update(new ReplicaSet([], 1, 0, reason));
        router.Load.Close();
        router.Meter.Dispose();
        Retire(replicas, []);
    }

    private sealed record State(ApplicationRoutes Routes, ImmutableDictionary<string, DeploymentRouter> Deployments, DeploymentRouter? Ingress, KeyedRateLimit? RateLimit);
}
