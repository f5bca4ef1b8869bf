using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;
using Serve.Routing;

namespace Serve.Handles;

/// <summary>The handle that a constructor gets where only the interface says which deployment it means.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the service provider.")]
internal sealed class InjectedHandle<T>(DeploymentCatalog catalog, RouteTableFeed routes, HandleScope scope, TimeProvider timeProvider)
    : DeploymentHandle<T>(scope.CreateInvoker(catalog.Resolve(new HandleReference(typeof(T), Deployment: null)), routes, timeProvider))
    where T : class;

/// <summary>The handle that a constructor gets where <c>[FromKeyedServices]</c> names the deployment.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the service provider.")]
internal sealed class InjectedNamedHandle<T>([ServiceKey] string deployment, DeploymentCatalog catalog, RouteTableFeed routes, HandleScope scope, TimeProvider timeProvider)
    : DeploymentHandle<T>(scope.CreateInvoker(catalog.Resolve(new HandleReference(typeof(T), deployment)), routes, timeProvider))
    where T : class;

/// <summary>The application whose deployments the handles of this process call.</summary>
internal sealed record HandleScope(string Application)
{
    public HandleInvoker CreateInvoker(DeploymentType target, RouteTableFeed routes, TimeProvider timeProvider) =>
        new(routes, Application, target.Name, new CallOptions(), timeProvider);
}
