using System.Reflection;
using Serve.Replica;

namespace Serve.Batching;

/// <summary>Binds the methods by which a class tells cost, key and priority of an item.</summary>
internal static class BatchFunctions
{
    private static readonly MethodInfo KeyWith = typeof(BatchFunctions).GetMethod(nameof(ToKeyOf), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static Func<TItem, long> ToCost<TItem>(MethodInfo method, object target)
    {
        if (method.ReturnType == typeof(long))
            return ClassMethods.Bind<Func<TItem, long>>(method, target);
        var cost = ClassMethods.Bind<Func<TItem, int>>(method, target);
        return item => cost(item);
    }

    public static Func<TItem, BatchPriority> ToPriority<TItem>(MethodInfo method, object target)
    {
        if (method.ReturnType == typeof(BatchPriority))
            return ClassMethods.Bind<Func<TItem, BatchPriority>>(method, target);
        var level = ClassMethods.Bind<Func<TItem, int>>(method, target);
        return item => new BatchPriority(level(item));
    }

    public static Func<TItem, object?> ToKey<TItem>(MethodInfo method, object target) =>
        (Func<TItem, object?>)KeyWith.MakeGenericMethod(typeof(TItem), method.ReturnType).Invoke(null, [method, target])!;

    private static Func<TItem, object?> ToKeyOf<TItem, TKey>(MethodInfo method, object target)
    {
        var key = ClassMethods.Bind<Func<TItem, TKey>>(method, target);
        return item => key(item);
    }
}
