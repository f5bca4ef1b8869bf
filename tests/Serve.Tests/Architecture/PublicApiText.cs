using System.Globalization;
using System.Reflection;
using System.Text;

namespace Serve.Tests.Architecture;

/// <summary>Writes down all that a user's program can see of Serve's assemblies.</summary>
internal static class PublicApiText
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Assemblies = [typeof(ServeException).Assembly, typeof(DeploymentAttribute).Assembly];

    public static string Write()
    {
        var text = new StringBuilder("The public types and members of Serve.Core and Serve. Written by a test; a difference is a change for users.\n");
        foreach (var type in Assemblies.SelectMany(assembly => assembly.GetExportedTypes()).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{KindOf(type)} {NameOf(type)}{ParentsOf(type)}\n");
            foreach (var line in MembersOf(type).Order(StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"    {line}\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        var constructors = type.GetConstructors(Own).Where(IsVisible).Select(constructor => $"new({Parameters(constructor)})");
        var fields = type.GetFields(Own).Where(field => field.IsPublic || field.IsFamily).Select(field => $"field {NameOf(field.FieldType)} {field.Name}");
        var properties = type.GetProperties(Own).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)).Select(property =>
            $"{Static(property.GetMethod ?? property.SetMethod!)}{NameOf(property.PropertyType)} {property.Name} {{{(property.GetMethod is { } get && IsVisible(get) ? " get;" : "")}{(property.SetMethod is { } set && IsVisible(set) ? " set;" : "")} }}");
        var methods = type.GetMethods(Own).Where(method => IsVisible(method) && !method.IsSpecialName && !method.Name.Contains('<')).Select(method =>
            $"{Static(method)}{NameOf(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})");
        return constructors.Concat(fields).Concat(properties).Concat(methods);
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string KindOf(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string ParentsOf(Type type)
    {
        var parents = new[] { type.BaseType }.Where(parent => parent is not null && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            .Concat(type.IsEnum ? [] : type.GetInterfaces()).Select(parent => NameOf(parent!)).Order(StringComparer.Ordinal).ToList();
        return parents.Count == 0 ? "" : " : " + string.Join(", ", parents);
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    private static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string NameOf(Type type)
    {
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[]";
        if (!type.IsGenericType)
            return type.IsGenericParameter ? type.Name : type.FullName ?? type.Name;
        var name = (type.IsGenericTypeDefinition ? type.FullName! : type.GetGenericTypeDefinition().FullName!).Split('`')[0];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
