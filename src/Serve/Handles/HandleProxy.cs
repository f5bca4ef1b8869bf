using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Serve.Discovery;

namespace Serve.Handles;

/// <summary>Implements a deployment's interface by turning each call of a method into a call through a <see cref="HandleInvoker"/>.</summary>
internal class HandleProxy : DispatchProxy
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<MethodInfo, MethodShape>> Shapes = new();

    private IReadOnlyDictionary<MethodInfo, MethodShape> _shapes = FrozenDictionary<MethodInfo, MethodShape>.Empty;
    private HandleInvoker? _invoker;

    /// <exception cref="NotSupportedException">The interface has a member that can't be called through a handle.</exception>
    public static T Create<T>(HandleInvoker invoker)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, HandleProxy>();
        var handle = (HandleProxy)(object)proxy;
        handle._shapes = Shapes.GetOrAdd(typeof(T), CallableInterface.ShapesOf);
        handle._invoker = invoker;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var shape = _shapes[targetMethod!];
        return shape.Start(_invoker!, args ?? []);
    }
}
