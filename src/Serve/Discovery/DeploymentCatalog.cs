using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serve.Wire.Control;

namespace Serve.Discovery;

/// <summary>The deployments of the program.</summary>
internal sealed class DeploymentCatalog
{
    private readonly List<Assembly> _assemblies;

    private DeploymentCatalog(IReadOnlyList<DeploymentType> deployments)
    {
        Deployments = deployments;
        _assemblies = [.. deployments.Select(deployment => deployment.Type.Assembly).Distinct()];
    }

    public IReadOnlyList<DeploymentType> Deployments { get; }

    /// <summary>The deployment that takes requests from outside, or null.</summary>
    public DeploymentType? Ingress => Deployments.FirstOrDefault(deployment => deployment.IsIngress);

    /// <inheritdoc cref="Of(IEnumerable{DeclaredDeployment})"/>
    public static DeploymentCatalog Of(IEnumerable<Type> types) => Of(types.Select(static type => new DeclaredDeployment(type)));

    /// <exception cref="InvalidOperationException">The classes don't make an application; the message says why.</exception>
    public static DeploymentCatalog Of(IEnumerable<DeclaredDeployment> declared)
    {
        var classes = new HashSet<Type>();
        var catalog = new DeploymentCatalog([.. declared.Select(one => DeploymentType.Of(one, isFurther: !classes.Add(one.Type)))]);
        catalog.Check();
        return catalog;
    }

    /// <summary>All classes of these assemblies that carry the attribute.</summary>
    public static IEnumerable<Type> FindTypes(IEnumerable<Assembly> assemblies) =>
        assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()).Where(DeploymentType.IsDeployment).OrderBy(type => type.FullName, StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">There is no deployment of that name.</exception>
    public DeploymentType Get(string name) =>
        Deployments.FirstOrDefault(deployment => deployment.Name == name)
        ?? throw new InvalidOperationException($"The program has no deployment '{name}'; it has {Names(Deployments)}.");

    /// <summary>The classes of the program that implement an interface.</summary>
    public IEnumerable<Type> ClassesOf(Type contract) =>
        _assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false } && type.IsAssignableTo(contract));

    /// <summary>Makes one of the program's routers.</summary>
    /// <param name="services">Where its constructor's parameters come from.</param>
    /// <param name="name">The full name of its class.</param>
    /// <param name="arguments">Its arguments as JSON, or null for none.</param>
    /// <exception cref="InvalidOperationException">The program has no such router.</exception>
    public IRequestRouter CreateRouter(IServiceProvider services, string name, string? arguments)
    {
        var type = ClassesOf(typeof(IRequestRouter)).FirstOrDefault(type => type.FullName == name)
            ?? throw new InvalidOperationException($"The program has no class '{name}' that implements IRequestRouter (request_router_config.request_router_class).");
        var router = (IRequestRouter)ActivatorUtilities.CreateInstance(services, type);
        router.Initialize(arguments is null ? [] : JsonNode.Parse(arguments)!.AsObject());
        return router;
    }

    /// <summary>The deployment that a handle over an interface means.</summary>
    /// <exception cref="InvalidOperationException">None implements the interface, or several do and none is named.</exception>
    public DeploymentType Resolve(HandleReference handle)
    {
        _ = CallableInterface.ShapesOf(handle.Interface);
        if (handle.Deployment is { } name)
        {
            var named = Get(name);
            return handle.Interface.IsAssignableFrom(named.Type)
                ? named
                : throw new InvalidOperationException($"The deployment '{name}' does not implement {handle.Interface.Name}, which a handle on it asks for.");
        }

        var candidates = Deployments.Where(deployment => handle.Interface.IsAssignableFrom(deployment.Type)).ToList();
        return candidates switch
        {
            [var only] => only,
            [] => throw new InvalidOperationException($"No deployment implements {handle.Interface.Name}, which a handle asks for; the deployments are {Names(Deployments)}."),
            _ => throw new InvalidOperationException(
                $"The deployments {Names(candidates)} all implement {handle.Interface.Name}; name one on the handle's parameter: [FromKeyedServices(\"{candidates[0].Name}\")]."),
        };
    }

    public ProgramDescription Describe(IReadOnlyList<RouteDescription> routes) => new(
        ProgramDescription.CurrentContract,
        [
            .. Deployments.Select(deployment => new DeploymentDescription(
                deployment.Name,
                deployment.Type.FullName!,
                deployment.IsIngress,
                Specs.Parsing.ConfigWriter.Write(deployment.Options),
                [.. deployment.Methods.Keys.Order(StringComparer.Ordinal)],
                [.. deployment.Handles.Where(handle => handle.Application is null).Select(handle => Resolve(handle).Name)],
                deployment.IsIngress ? routes : [])),
        ],
        Routers: NamesOf(typeof(IRequestRouter)),
        Policies: NamesOf(typeof(IAutoscalingPolicy)),
        ApplicationPolicies: NamesOf(typeof(IApplicationAutoscalingPolicy)));

    private string[] NamesOf(Type contract) => [.. ClassesOf(contract).Select(type => type.FullName!).Order(StringComparer.Ordinal)];

    private void Check()
    {
        if (Deployments.Count == 0)
            throw new InvalidOperationException("The program has no deployment: put [Deployment] on a class, or add the class to the options of AddServe.");
        if (Deployments.GroupBy(deployment => deployment.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"The classes {string.Join(" and ", twice.Select(deployment => deployment.Type.FullName))} are both the deployment '{twice.Key}'; give one another name: [Deployment(\"name\")], or AddDeployment<T>(\"name\").");
        if (Deployments.Where(deployment => deployment.IsIngress).ToList() is { Count: > 1 } ingresses)
            throw new InvalidOperationException($"The deployments {Names(ingresses)} all implement IIngress; an application has one.");
        foreach (var handle in Deployments.SelectMany(deployment => deployment.Handles))
        {
            // What another application has shows only when it is called.
            if (handle.Application is null)
                _ = Resolve(handle);
            else
                _ = CallableInterface.ShapesOf(handle.Interface);
        }
    }

    private static string Names(IEnumerable<DeploymentType> deployments) => string.Join(", ", deployments.Select(deployment => $"'{deployment.Name}'"));
}
