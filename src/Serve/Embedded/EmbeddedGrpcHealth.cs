using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Http;
using Serve.Routing;

namespace Serve.Embedded;

/// <summary>The health of the gRPC services that the program maps: they can be called while its ingress can.</summary>
internal sealed class EmbeddedGrpcHealth(RouteTableFeed routes, IEnumerable<EndpointDataSource> endpoints) : IGrpcHealthView
{
    private readonly Lazy<HashSet<string>> _services = new(() => Find(endpoints));

    /// <summary>Whether the program maps a service itself.</summary>
    public bool Has(string service) => _services.Value.Contains(service);

    public bool? IsServing(string service)
    {
        var table = routes.Current;
        if (service.Length == 0)
            return table.IsPopulated;
        return Has(service) ? table.Applications.Values.Any(static application => application.Ingress is null or { Replicas.Replicas.Length: > 0 }) : null;
    }

    public Task WhenChangedAsync() => routes.WhenChangedAsync();

    private static HashSet<string> Find(IEnumerable<EndpointDataSource> endpoints) =>
    [
        .. endpoints.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post) == true)
            .Select(static endpoint => GrpcPath.ServiceOf(endpoint.RoutePattern.RawText ?? ""))
            .OfType<string>(),
    ];
}
