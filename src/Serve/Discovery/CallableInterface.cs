using System.Collections.Frozen;
using System.Reflection;

namespace Serve.Discovery;

/// <summary>Which interfaces of a class, and which of their methods, handles may call.</summary>
internal static class CallableInterface
{
    /// <summary>The interfaces of the user's own: not those of .NET and not Serve's hooks.</summary>
    public static IEnumerable<Type> Of(Type deployment) =>
        deployment.GetInterfaces().Where(type => type.Assembly != typeof(IIngress).Assembly && !IsPartOfDotNet(type.Namespace ?? ""));

    /// <summary>The shapes of all methods of an interface and of those that it extends.</summary>
    /// <exception cref="NotSupportedException">Handles can't call one of them; the message says why.</exception>
    public static IReadOnlyDictionary<MethodInfo, MethodShape> ShapesOf(Type type)
    {
        var methods = MethodsOf(type);
        if (methods.FirstOrDefault(method => method.IsSpecialName) is { } accessor)
            throw new NotSupportedException($"A handle can't call {type.Name}: it has the property or event accessor {accessor.Name}; handles call methods only.");
        if (methods.GroupBy(method => (method.DeclaringType, method.Name)).FirstOrDefault(group => group.Count() > 1) is { } overloaded)
            throw new NotSupportedException($"A handle can't call {type.Name}: the method {overloaded.Key.Name} is overloaded; give each its own name.");
        return methods.ToFrozenDictionary(method => method, MethodShape.Of);
    }

    /// <summary>The shapes of those methods that handles can call, or none where the interface as a whole can't be called.</summary>
    public static IEnumerable<MethodShape> CallableMethodsOf(Type type)
    {
        try
        {
            return ShapesOf(type).Values;
        }
        catch (NotSupportedException)
        {
            return [];
        }
    }

    private static IReadOnlyList<MethodInfo> MethodsOf(Type type) =>
        [.. type.GetInterfaces().Append(type).SelectMany(part => part.GetMethods(BindingFlags.Public | BindingFlags.Instance))];

    private static bool IsPartOfDotNet(string name) =>
        name == "System"
        || name.StartsWith("System.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal);
}
