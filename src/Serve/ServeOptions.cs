using System.Reflection;
using System.Text.Json.Nodes;
using Serve.Discovery;

namespace Serve;

/// <summary>Where <c>AddServe</c> finds the program's deployments.</summary>
public sealed class ServeOptions
{
    private readonly List<DeclaredDeployment> _declared = [];

    internal ServeOptions(JsonObject args)
    {
        Args = args;
    }

    /// <summary>The assemblies whose <see cref="DeploymentAttribute"/> classes are deployments. By default the program's own; ignored once a class is added by hand.</summary>
    public IList<Assembly> Assemblies { get; } = Assembly.GetEntryAssembly() is { } entry ? [entry] : [];

    /// <summary>
    /// The application's <c>args</c>, for programs whose deployments follow from them; empty where there are none. Without a controller they are those of the section <c>Serve:Args</c> of
    /// the configuration, where numbers are texts. Who can't work with them throws a <see cref="ServeArgsException"/>. Classes get them with <see cref="ServeBuilder.BindArgs{TArgs}"/>.
    /// </summary>
    public JsonObject Args { get; }

    /// <summary>Adds one class by hand; from then on only classes added by hand are deployments.</summary>
    /// <typeparam name="T">The class, with a <see cref="DeploymentAttribute"/>.</typeparam>
    public ServeOptions AddDeployment<T>()
        where T : class
    {
        _declared.Add(new DeclaredDeployment(typeof(T)));
        return this;
    }

    /// <summary>
    /// Adds a class by hand under a name of its own. One class may be any number of deployments, each with its own replicas; an object learns which one it is from its
    /// <see cref="ReplicaContext"/>, and callers say it: <c>handles.Get&lt;T&gt;("name")</c>.
    /// </summary>
    /// <typeparam name="T">The class, with a <see cref="DeploymentAttribute"/>.</typeparam>
    /// <param name="name">The deployment's name.</param>
    /// <param name="options">What is said here takes the place of the class's own attribute, as a whole; null: that of the class. A name in it is not looked at.</param>
    public ServeOptions AddDeployment<T>(string name, DeploymentAttribute? options = null)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _declared.Add(new DeclaredDeployment(typeof(T), name, options));
        return this;
    }

    internal DeploymentCatalog BuildCatalog() =>
        _declared.Count > 0 ? DeploymentCatalog.Of(_declared) : DeploymentCatalog.Of(DeploymentCatalog.FindTypes(Assemblies));
}
