using System.Reflection;
using Serve.Replica;

namespace Serve.Multiplexing;

/// <summary>What a class says about the method that loads its models, checked.</summary>
internal sealed class ModelDeclaration
{
    private ModelDeclaration(MethodInfo method, MultiplexedAttribute attribute)
    {
        Name = $"{method.DeclaringType?.Name}.{method.Name}";
        MaxModels = attribute.MaxModelsPerReplica switch
        {
            -1 => int.MaxValue,
            >= 1 and var max => max,
            var wrong => throw Wrong($"{nameof(attribute.MaxModelsPerReplica)} is {wrong}; it must be at least 1, or -1 for no bound"),
        };
        if (attribute.MemoryBudgetBytes < 0)
            throw Wrong($"{nameof(attribute.MemoryBudgetBytes)} is {attribute.MemoryBudgetBytes}; it must be at least 1");
        if (attribute.SizeOf is null != (attribute.MemoryBudgetBytes == 0))
            throw Wrong("SizeOf and MemoryBudgetBytes go together; one of them is not set");
        MemoryBudget = attribute.MemoryBudgetBytes > 0 ? attribute.MemoryBudgetBytes : long.MaxValue;
        SizeOf = attribute.SizeOf is { } name ? FindSize(method.DeclaringType!, name) : null;
    }

    /// <summary>The method as people write it: <c>Answerer.LoadAsync</c>.</summary>
    public string Name { get; }

    public int MaxModels { get; }

    public long MemoryBudget { get; }

    public MethodInfo? SizeOf { get; }

    /// <exception cref="InvalidOperationException">The method does not load models, or its attribute is wrong.</exception>
    public static ModelDeclaration Of(MethodInfo method)
    {
        var name = $"{method.DeclaringType?.Name}.{method.Name}";
        var attribute = method.GetCustomAttribute<MultiplexedAttribute>()
            ?? throw new InvalidOperationException($"The method {name} has no [Multiplexed] attribute; pass the method that has one by its name.");
        var isLoader = !method.IsGenericMethod && !method.IsStatic
            && method.ReturnType is { IsGenericType: true } returned && returned.GetGenericTypeDefinition() == typeof(Task<>)
            && method.GetParameters() is [var id, var token] && id.ParameterType == typeof(string) && token.ParameterType == typeof(CancellationToken);
        return isLoader
            ? new ModelDeclaration(method, attribute)
            : throw new InvalidOperationException($"[Multiplexed] on {name}: the method must take a string and a CancellationToken and return a Task of the model, and not be static.");
    }

    /// <summary>Checks all that a class declares.</summary>
    /// <exception cref="InvalidOperationException">A method is declared wrongly.</exception>
    public static void CheckAll(Type type)
    {
        foreach (var method in ClassMethods.Of(type).Where(method => method.IsDefined(typeof(MultiplexedAttribute))))
            Of(method);
    }

    public InvalidOperationException Wrong(string why) => new($"[Multiplexed] on {Name}: {why}.");

    private MethodInfo FindSize(Type type, string name) =>
        ClassMethods.Of(type).FirstOrDefault(method => method.Name == name && method.ReturnType == typeof(long) && method.GetParameters() is [var id] && id.ParameterType == typeof(string))
        ?? throw Wrong($"{nameof(MultiplexedAttribute.SizeOf)} is '{name}'; {type.Name} has no method of that name that takes a string and returns long");
}
