using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;

namespace Serve.Handles;

/// <summary>The handle that a constructor gets where only the interface says which deployment it means.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the service provider.")]
internal sealed class InjectedHandle<T>(DeploymentHandles handles) : DeploymentHandle<T>(handles.InvokerOf(new HandleReference(typeof(T))))
    where T : class;

/// <summary>The handle that a constructor gets where <c>[FromKeyedServices]</c> names the deployment.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the service provider.")]
internal sealed class InjectedNamedHandle<T>([ServiceKey] string deployment, DeploymentHandles handles) : DeploymentHandle<T>(handles.InvokerOf(HandleReference.Of(typeof(T), deployment)))
    where T : class;
