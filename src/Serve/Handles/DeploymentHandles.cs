using Serve.Discovery;

namespace Serve.Handles;

/// <summary>Makes the handles of this process.</summary>
internal sealed class DeploymentHandles(DeploymentCatalog catalog, HandleRoutes routes) : IDeploymentHandles
{
    public DeploymentHandle<T> Get<T>()
        where T : class => new(InvokerOf(new HandleReference(typeof(T))));

    public DeploymentHandle<T> Get<T>(string deployment)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(deployment);
        return new(InvokerOf(HandleReference.Of(typeof(T), deployment)));
    }

    public DeploymentHandle<T> Get<T>(string application, string deployment)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(application);
        ArgumentException.ThrowIfNullOrEmpty(deployment);
        return new(InvokerOf(new HandleReference(typeof(T), deployment, application)));
    }

    public HandleInvoker InvokerOf(HandleReference handle)
    {
        var application = handle.Application ?? routes.Own;
        // What other programs have is not known here; of the own ones a mistake shows at once.
        var deployment = application == routes.Own ? catalog.Resolve(handle with { Application = null }).Name : handle.Deployment!;
        _ = CallableInterface.ShapesOf(handle.Interface);
        return new HandleInvoker(routes, application, deployment, new CallOptions());
    }
}
