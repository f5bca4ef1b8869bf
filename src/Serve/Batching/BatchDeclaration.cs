using System.Reflection;
using System.Runtime.CompilerServices;
using Serve.Replica;

namespace Serve.Batching;

/// <summary>What a class says about one of its batched methods, checked.</summary>
internal sealed class BatchDeclaration
{
    private BatchDeclaration(MethodInfo method, BatchAttribute attribute, Type item)
    {
        Name = NameOf(method);
        Method = method;
        RetryItemsAlone = attribute.RetryItemsAlone;
        IsKeyedByModel = ClassMethods.Of(method.DeclaringType!).Any(other => other.IsDefined(typeof(MultiplexedAttribute)));
        if (attribute.CostOf is null != (attribute.MaxBatchCost == 0))
            throw Wrong("CostOf and MaxBatchCost go together; one of them is not set");
        Options = Check(new BatchOptions
        {
            MaxBatchSize = attribute.MaxBatchSize,
            BatchWaitTimeout = ToWait(attribute.BatchWaitTimeoutSeconds),
            MaxConcurrentBatches = attribute.MaxConcurrentBatches,
            MaxBatchCost = attribute.MaxBatchCost,
        });
        CostOf = Find(nameof(BatchAttribute.CostOf), attribute.CostOf, item);
        if (CostOf is not null && CostOf.ReturnType != typeof(int) && CostOf.ReturnType != typeof(long))
            throw Wrong($"{nameof(BatchAttribute.CostOf)} is {CostOf.Name}, which returns {CostOf.ReturnType.Name}; it must return int or long");
        KeyOf = Find(nameof(BatchAttribute.KeyOf), attribute.KeyOf, item);
        PriorityOf = Find(nameof(BatchAttribute.PriorityOf), attribute.PriorityOf, item);
        if (PriorityOf is not null && PriorityOf.ReturnType != typeof(int) && PriorityOf.ReturnType != typeof(BatchPriority))
            throw Wrong($"{nameof(BatchAttribute.PriorityOf)} is {PriorityOf.Name}, which returns {PriorityOf.ReturnType.Name}; it must return int or {nameof(BatchPriority)}");
    }

    /// <summary>The method as people write it: <c>Reader.ReadManyAsync</c>.</summary>
    public string Name { get; }

    public MethodInfo Method { get; }

    /// <summary>The settings as declared.</summary>
    public BatchOptions Options { get; }

    public bool RetryItemsAlone { get; }

    /// <summary>Whether items for different models must not meet: the class is multiplexed.</summary>
    public bool IsKeyedByModel { get; }

    public MethodInfo? CostOf { get; }

    public MethodInfo? KeyOf { get; }

    public MethodInfo? PriorityOf { get; }

    /// <exception cref="InvalidOperationException">The method is none that can be batched, or its attribute is wrong.</exception>
    public static BatchDeclaration Of(MethodInfo method) => Of(method, method.GetCustomAttribute<BatchAttribute>()
        ?? throw new InvalidOperationException(IsWrittenByTheCompiler(method)
            ? "A lambda or local function can't be batched; pass the method that has the [Batch] attribute by its name."
            : $"The method {NameOf(method)} has no [Batch] attribute."));

    /// <exception cref="InvalidOperationException">The method is none that can be batched, or the attribute is wrong.</exception>
    public static BatchDeclaration Of(MethodInfo method, BatchAttribute attribute) => !method.IsStatic && !method.IsGenericMethod && ItemOf(method) is { } item
        ? new BatchDeclaration(method, attribute, item)
        : throw new InvalidOperationException(
            $"[Batch] on {NameOf(method)}: the method must take an IReadOnlyList of items and a CancellationToken, return a Task of an IReadOnlyList or an IAsyncEnumerable of them, "
            + "and be neither static nor generic.");

    /// <summary>The batched methods of a class, its base classes included.</summary>
    /// <exception cref="InvalidOperationException">One of them is declared wrongly.</exception>
    public static IReadOnlyList<BatchDeclaration> AllOf(Type type) =>
        [.. ClassMethods.Of(type).Where(method => method.IsDefined(typeof(BatchAttribute))).DistinctBy(method => method.GetBaseDefinition()).Select(Of)];

    /// <exception cref="InvalidOperationException">A setting is out of its range.</exception>
    public BatchOptions Check(BatchOptions options)
    {
        if (options.MaxBatchSize < 1)
            throw Wrong($"{nameof(options.MaxBatchSize)} is {options.MaxBatchSize}; it must be at least 1");
        if (options.MaxConcurrentBatches < 1)
            throw Wrong($"{nameof(options.MaxConcurrentBatches)} is {options.MaxConcurrentBatches}; it must be at least 1");
        if (options.MaxBatchCost < 0)
            throw Wrong($"{nameof(options.MaxBatchCost)} is {options.MaxBatchCost}; it must be at least 1");
        var most = options.MaxBatchCost > 0 ? options.MaxBatchCost : options.MaxBatchSize;
        if (options.PreferredSizes.Where(size => size < 1 || size > most).Select(size => (int?)size).FirstOrDefault() is { } wrong)
            throw Wrong($"{nameof(options.PreferredSizes)} has {wrong}; each must be from 1 to {most}");
        ToWait(options.BatchWaitTimeout.TotalSeconds);
        return options;
    }

    public InvalidOperationException Wrong(string why) => new($"[Batch] on {Name}: {why}.");

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType?.Name}.{method.Name}";

    private static Type? ItemOf(MethodInfo method)
    {
        var returned = method.ReturnType;
        var isBatched = returned.IsGenericType
            && (returned.GetGenericTypeDefinition() == typeof(Task<>) || returned.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
            && IsList(returned.GetGenericArguments()[0]);
        return isBatched && method.GetParameters() is [var items, var token] && IsList(items.ParameterType) && token.ParameterType == typeof(CancellationToken)
            ? items.ParameterType.GetGenericArguments()[0]
            : null;
    }

    private static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

    private static bool IsWrittenByTheCompiler(MethodInfo method) =>
        method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.DeclaringType?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;

    private TimeSpan ToWait(double seconds)
    {
        // More than a day can only be a mistake, and timers have a limit.
        const double Longest = 86_400;
        return seconds is >= 0 and <= Longest
            ? TimeSpan.FromSeconds(seconds)
            : throw Wrong($"{nameof(BatchAttribute.BatchWaitTimeoutSeconds)} is {seconds}; it must be from 0 to {Longest}");
    }

    private MethodInfo? Find(string setting, string? name, Type item)
    {
        if (name is null)
            return null;
        return ClassMethods.Of(Method.DeclaringType!).FirstOrDefault(method => method.Name == name && Takes(method, item))
            ?? throw Wrong($"{setting} is '{name}'; {Method.DeclaringType!.Name} has no method of that name that takes one {item.Name}");
    }

    private static bool Takes(MethodInfo method, Type item) =>
        !method.IsGenericMethod && method.ReturnType != typeof(void) && method.GetParameters() is [var only]
        && (only.ParameterType == item || (!item.IsValueType && only.ParameterType.IsAssignableFrom(item)));
}
