using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serve.Batching;
using Serve.Multiplexing;
using Serve.Specs;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;

namespace Serve.Discovery;

/// <summary>A class of the program that is a deployment, read once by reflection.</summary>
internal sealed class DeploymentType
{
    private static readonly MethodInfo MapOf = typeof(DeploymentType).GetMethod(nameof(MapIngress), BindingFlags.NonPublic | BindingFlags.Static)!;

    private DeploymentType(Type type, string name, DeploymentOptions options, bool reconfiguresWhileServing, bool isFurther)
    {
        Type = type;
        Name = name;
        Options = options;
        IsFurther = isFurther;
        ReconfiguresWhileServing = reconfiguresWhileServing;
        Methods = FindMethods(type);
        Handles = [.. FindConstructor(type).GetParameters().Select(ReadHandle).OfType<HandleReference>()];
        TakesContext = FindConstructor(type).GetParameters().Any(parameter => parameter.ParameterType == typeof(ReplicaContext));
        Reconfigures = type.GetInterfaces().Where(part => part.IsGenericType && part.GetGenericTypeDefinition() == typeof(IReconfigure<>)).ToArray() switch
        {
            [] => null,
            [var one] => one,
            _ => throw Wrong(type, "implements IReconfigure more than once; a deployment has one user config"),
        };
    }

    public Type Type { get; }

    public string Name { get; }

    /// <summary>Whether an earlier deployment of the program is of the same class; its object is the one that endpoints get which name the class.</summary>
    public bool IsFurther { get; }

    /// <summary>What the attribute says.</summary>
    public DeploymentOptions Options { get; }

    /// <summary>The methods that handles may call, by name.</summary>
    public IReadOnlyDictionary<string, MethodShape> Methods { get; }

    /// <summary>The handles that its constructor takes.</summary>
    public IReadOnlyList<HandleReference> Handles { get; }

    public bool TakesContext { get; }

    /// <summary>The <see cref="IReconfigure{TUserConfig}"/> that it implements, or null.</summary>
    public Type? Reconfigures { get; }

    /// <summary>Whether requests may run while it takes a new user config up.</summary>
    public bool ReconfiguresWhileServing { get; }

    public bool IsIngress => typeof(IIngress).IsAssignableFrom(Type);

    public static bool IsDeployment(Type type) => type.IsDefined(typeof(DeploymentAttribute), inherit: false);

    /// <exception cref="InvalidOperationException">The class can't be a deployment; the message says why.</exception>
    public static DeploymentType Of(Type type) => Of(new DeclaredDeployment(type), isFurther: false);

    /// <param name="declared">The class, its name and options.</param>
    /// <param name="isFurther">Whether there is an earlier one of the same class.</param>
    /// <exception cref="InvalidOperationException">The class can't be a deployment; the message says why.</exception>
    public static DeploymentType Of(DeclaredDeployment declared, bool isFurther)
    {
        var type = declared.Type;
        var own = type.GetCustomAttribute<DeploymentAttribute>() ?? throw Wrong(type, "has no [Deployment] attribute");
        var attribute = declared.Attribute ?? own;
        if (type.IsAbstract || type.ContainsGenericParameters)
            throw Wrong(type, "is abstract or generic");
        BatchDeclaration.AllOf(type);
        ModelDeclaration.CheckAll(type);
        var name = declared.Name ?? own.Name ?? type.Name;
        var options = attribute.ToOptions(name);
        var (_, errors) = ConfigBinder.Bind<DeploymentOptions>(ToNode(options));
        var wrong = errors.Select(error => error.ToString()).Concat(DeploymentRules.Check(options).Concat(PlacementRules.Check(options)).Select(problem => $"{problem.Key}: {problem.Message}")).ToList();
        return wrong.Count == 0 ? new DeploymentType(type, name, options, attribute.ReconfiguresWhileServing, isFurther) : throw Wrong(type, $"has options that are wrong. {string.Join(" ", wrong)}");
    }

    /// <summary>Maps the endpoints of an ingress.</summary>
    public void Map(IEndpointRouteBuilder endpoints) => MapOf.MakeGenericMethod(Type).Invoke(null, [endpoints]);

    private static void MapIngress<T>(IEndpointRouteBuilder endpoints)
        where T : IIngress => T.Map(endpoints);

    private static ConfigNode ToNode(DeploymentOptions options) =>
        ConfigNode.FromJson(System.Text.Json.JsonSerializer.SerializeToElement(ConfigWriter.Write(options)));

    private static ConstructorInfo FindConstructor(Type type) =>
        type.GetConstructors() is [var only] ? only : throw Wrong(type, "must have exactly one public constructor");

    private static HandleReference? ReadHandle(ParameterInfo parameter)
    {
        if (!parameter.ParameterType.IsGenericType || parameter.ParameterType.GetGenericTypeDefinition() != typeof(DeploymentHandle<>))
            return null;
        return HandleReference.Of(parameter.ParameterType.GetGenericArguments()[0], parameter.GetCustomAttribute<FromKeyedServicesAttribute>()?.Key as string);
    }

    /// <summary>The interfaces of a class may have members that no handle can call; they only matter once a handle is made of them.</summary>
    private static Dictionary<string, MethodShape> FindMethods(Type type)
    {
        var methods = new Dictionary<string, MethodShape>(StringComparer.Ordinal);
        foreach (var shape in CallableInterface.Of(type).SelectMany(CallableInterface.CallableMethodsOf))
            methods[shape.Name] = shape;
        return methods;
    }

    private static InvalidOperationException Wrong(Type type, string why) => new($"The class {type.FullName} can't be a deployment: it {why}.");
}
