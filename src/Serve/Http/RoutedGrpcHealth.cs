using Serve.Routing;

namespace Serve.Http;

/// <summary>The health of gRPC services as the routes tell it: a service is serving while an application that has it has a replica that takes requests.</summary>
internal sealed class RoutedGrpcHealth(RouteTableFeed routes) : IGrpcHealthView
{
    public bool? IsServing(string service)
    {
        var table = routes.Current;
        if (service.Length == 0)
            return table.IsPopulated;
        var owners = table.Applications.Values.Where(application => application.Routes.GrpcServices?.Contains(service, StringComparer.Ordinal) == true).ToList();
        return owners.Count == 0 ? null : owners.Exists(static application => application.Ingress?.Replicas.Replicas.Length > 0);
    }

    public Task WhenChangedAsync() => routes.WhenChangedAsync();
}
