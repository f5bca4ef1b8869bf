using System.Reflection;
using Serve.Discovery;

namespace Serve;

/// <summary>Where <c>AddServe</c> finds the program's deployments.</summary>
public sealed class ServeOptions
{
    private readonly List<Type> _types = [];

    /// <summary>The assemblies whose <see cref="DeploymentAttribute"/> classes are deployments. By default the program's own; ignored once a class is added by hand.</summary>
    public IList<Assembly> Assemblies { get; } = Assembly.GetEntryAssembly() is { } entry ? [entry] : [];

    /// <summary>Adds one class by hand; from then on only classes added by hand are deployments.</summary>
    /// <typeparam name="T">The class, with a <see cref="DeploymentAttribute"/>.</typeparam>
    public ServeOptions AddDeployment<T>()
        where T : class
    {
        _types.Add(typeof(T));
        return this;
    }

    internal DeploymentCatalog BuildCatalog() => DeploymentCatalog.Of(_types.Count > 0 ? _types : DeploymentCatalog.FindTypes(Assemblies));
}
