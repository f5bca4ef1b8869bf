using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;
using Serve.Replica;
using Serve.Routing;
using Serve.Specs;
using Serve.Specs.Routing;

namespace Serve.Embedded;

/// <summary>The replicas of a program that serves by itself. The ingress is one object, since an endpoint gets the class's own; others are as many as declared.</summary>
internal sealed class EmbeddedReplicas : IDisposable
{
    private readonly Dictionary<string, LocalReplica> _byId = new(StringComparer.Ordinal);

    public EmbeddedReplicas(DeploymentCatalog catalog, IServiceProvider services)
    {
        foreach (var type in InStartOrder(catalog))
        {
            for (var index = 0; index < CountOf(type); index++)
            {
                var context = ContextOf(type, index);
                var instance = new DeploymentInstance(type, services, index) { Scope = ReplicaScope.For(context, services) };
                var slots = SpecOf(type).MaxOngoingRequests;
                instance.Scope.Meter.Limit = () => slots;
                _byId.Add(context.ReplicaId, new LocalReplica(context.ReplicaId, instance));
            }
        }
    }

    /// <summary>All replicas, callees before their callers.</summary>
    public IReadOnlyCollection<LocalReplica> All => _byId.Values;

    public LocalReplica Get(string id) => _byId[id];

    public static void Register(IServiceCollection services, DeploymentCatalog catalog)
    {
        foreach (var type in catalog.Deployments)
            DeploymentInstance.Register(services, type, index => ContextOf(type, index), CountOf(type));
    }

    /// <summary>The routes to those replicas that have started.</summary>
    public static ApplicationRoutes Routes(DeploymentCatalog catalog, IReadOnlyCollection<LocalReplica> started, RateLimitSpec? rateLimit) => new(
        ApplicationSpec.DefaultName,
        "/",
        catalog.Ingress?.Name,
        [
            .. catalog.Deployments.Select(type =>
            {
                var spec = SpecOf(type);
                var replicas = started.Where(replica => replica.Instance.Type == type).Select(replica => new ReplicaRoute(replica.Id, Address: ""));
                return new DeploymentRoutes(type.Name, spec.MaxOngoingRequests, spec.MaxQueuedRequests, [.. replicas], UnavailableReason: null, spec.Routing);
            }),
        ],
        RateLimit: rateLimit);

    public static DeploymentSpec SpecOf(DeploymentType type) => DeploymentSpec.Resolve(type.Name, type.Options);

    public void Dispose()
    {
        foreach (var replica in All)
            replica.Instance.Dispose();
    }

    private static int CountOf(DeploymentType type) => type.IsIngress ? 1 : Math.Max(1, SpecOf(type).NumReplicas);

    private static ReplicaContext ContextOf(DeploymentType type, int index) =>
        new(ApplicationSpec.DefaultName, type.Name, $"{ApplicationSpec.DefaultName}#{type.Name}#0-{index}", IsEmbedded: true);

    private static List<DeploymentType> InStartOrder(DeploymentCatalog catalog)
    {
        var ordered = new List<DeploymentType>();
        var seen = new HashSet<DeploymentType>();
        foreach (var type in catalog.Deployments)
            Visit(type);
        return ordered;

        void Visit(DeploymentType type)
        {
            if (!seen.Add(type))
                return;
            foreach (var handle in type.Handles.Where(handle => handle.Application is null))
                Visit(catalog.Resolve(handle));
            ordered.Add(type);
        }
    }
}
