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

    /// <summary>The unit of a number, where its type does not tell.</summary>
    public string? Unit { get; init; }

    /// <summary>The default that Ray Serve has, where it is another one.</summary>
    public string? RayDefault { get; init; }

    /// <summary>Why the key is not as it is in Ray Serve, where it is not.</summary>
    public string? Differs { get; init; }

    /// <summary>What to write instead; the key still works, with a warning.</summary>
    public string? Deprecated { get; init; }

    /// <summary>Why only the default is accepted, where that is so; as the end of a sentence about the key.</summary>
    public string? OnlyDefault { get; init; }
}

/// <summary>Marks an enum whose values may be written as their numbers too.</summary>
[AttributeUsage(AttributeTargets.Enum)]
internal sealed class NumberedAttribute : Attribute;

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
