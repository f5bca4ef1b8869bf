using System.Collections.Concurrent;
using System.Reflection;

namespace Serve.Specs.Parsing;

/// <summary>What a change of a key does to replicas that run.</summary>
internal enum UpdateClass
{
    /// <summary>Nothing: only the controller, the proxy or the agent act on it.</summary>
    Controller,

    /// <summary>The replicas take it up in place.</summary>
    InPlace,

    /// <summary>The deployment's replicas are replaced, a few at a time.</summary>
    Restart,
}

/// <summary>Declares a key of the configuration on the property that holds it. Parser, validator, writer and <c>src/docs/config.md</c> all read it from here.</summary>
/// <param name="name">The key as written in YAML and JSON.</param>
/// <param name="meaning">One sentence for the reference page and for editors.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyAttribute(string name, string meaning) : Attribute
{
    public string Name { get; } = name;

    public string Meaning { get; } = meaning;

    /// <summary>The smallest allowed number.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>The largest allowed number.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>Whether <see cref="Minimum"/> itself is not allowed.</summary>
    public bool ExclusiveMinimum { get; init; }

    public bool Required { get; init; }

    public UpdateClass Update { get; init; }
}

/// <summary>A key with the property that it fills.</summary>
internal sealed record ConfigKey(KeyAttribute Attribute, PropertyInfo Property)
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<ConfigKey>> Cache = new();

    public string Name => Attribute.Name;

    /// <summary>The type of a value, without the nullability that means "not set".</summary>
    public Type ValueType => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public static IReadOnlyList<ConfigKey> Of(Type type) => Cache.GetOrAdd(
        type,
        static declaring =>
        [
            .. from property in declaring.GetProperties(BindingFlags.Public | BindingFlags.Instance)
               let attribute = property.GetCustomAttribute<KeyAttribute>()
               where attribute is not null
               orderby property.MetadataToken
               select new ConfigKey(attribute, property),
        ]);
}
