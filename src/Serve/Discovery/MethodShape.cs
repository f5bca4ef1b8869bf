using System.Reflection;
using Serve.Handles;

namespace Serve.Discovery;

/// <summary>
/// What Serve knows of a method that handles may call: the types of its arguments, where its cancellation token goes and how its
/// result travels. Caller and callee make it from the same interface.
/// </summary>
internal abstract class MethodShape
{
    private readonly MethodInvoker _method;
    private readonly int _parameterCount;
    private readonly int _tokenIndex;

    protected MethodShape(MethodInfo method)
    {
        _method = MethodInvoker.Create(method);
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        var parameters = method.GetParameters();
        _parameterCount = parameters.Length;
        _tokenIndex = Array.FindIndex(parameters, parameter => parameter.ParameterType == typeof(CancellationToken));
        ArgumentTypes = [.. parameters.Where((_, index) => index != _tokenIndex).Select(parameter => parameter.ParameterType)];
    }

    /// <summary>How a call names the method: <c>IInterface.Method</c>.</summary>
    public string Name { get; }

    /// <summary>The types of the arguments that travel: all but the cancellation token.</summary>
    public IReadOnlyList<Type> ArgumentTypes { get; }

    /// <summary>Whether the result is a stream of items.</summary>
    public abstract bool IsStream { get; }

    /// <summary>Finds the shape of a method.</summary>
    /// <exception cref="NotSupportedException">Handles can't call it; the message says why.</exception>
    public static MethodShape Of(MethodInfo method)
    {
        if (method.IsGenericMethodDefinition)
            throw Unsupported(method, "is generic");
        var parameters = method.GetParameters();
        if (parameters.FirstOrDefault(parameter => parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer) is { } byRef)
            throw Unsupported(method, $"takes '{byRef.Name}' by reference");
        if (parameters.Count(parameter => parameter.ParameterType == typeof(CancellationToken)) > 1)
            throw Unsupported(method, "takes more than one CancellationToken");
        var returned = method.ReturnType;
        if (returned == typeof(Task))
            return new TaskShape(method);
        if (returned == typeof(ValueTask))
            return new ValueTaskShape(method);
        var shape = returned.IsGenericType ? GenericShape(returned.GetGenericTypeDefinition()) : null;
        return shape is null
            ? throw Unsupported(method, $"returns {returned.Name}; it must return Task, ValueTask, one of these with a value, or IAsyncEnumerable")
            : (MethodShape)Activator.CreateInstance(shape.MakeGenericType(returned.GetGenericArguments()), method)!;
    }

    /// <summary>The arguments that travel, taken from all arguments of a call.</summary>
    public (object?[] Arguments, CancellationToken Token) Split(object?[] all)
    {
        if (_tokenIndex < 0)
            return (all, CancellationToken.None);
        var arguments = new object?[_parameterCount - 1];
        Array.Copy(all, arguments, _tokenIndex);
        Array.Copy(all, _tokenIndex + 1, arguments, _tokenIndex, _parameterCount - _tokenIndex - 1);
        return (arguments, (CancellationToken)all[_tokenIndex]!);
    }

    /// <summary>Calls the method on an object that implements it and returns what it returns, for instance a <c>Task&lt;int&gt;</c>.</summary>
    public object Invoke(object target, object?[] arguments, CancellationToken token) =>
        _method.Invoke(target, Join(arguments, token).AsSpan())
        ?? throw new InvalidOperationException($"{Name} of {target.GetType().Name} returned null instead of a task or stream.");

    /// <summary>The caller's side: starts a call and returns what the method's caller expects, for instance a <c>Task&lt;int&gt;</c>.</summary>
    public abstract object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token);

    /// <summary>Waits for what <see cref="Invoke"/> returned. <typeparamref name="TResult"/> is the method's own type of result.</summary>
    public abstract Task<TResult> AwaitAsync<TResult>(object returned);

    /// <summary>The callee's side: hands what the user's method returned to a receiver that knows its type.</summary>
    public abstract Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken);

    /// <summary>The reverse of <see cref="Split"/>.</summary>
    private object?[] Join(object?[] arguments, CancellationToken token)
    {
        if (_tokenIndex < 0)
            return arguments;
        var all = new object?[_parameterCount];
        Array.Copy(arguments, all, _tokenIndex);
        all[_tokenIndex] = token;
        Array.Copy(arguments, _tokenIndex, all, _tokenIndex + 1, _parameterCount - _tokenIndex - 1);
        return all;
    }

    private static Type? GenericShape(Type returned) =>
        returned == typeof(Task<>) ? typeof(TaskShape<>)
        : returned == typeof(ValueTask<>) ? typeof(ValueTaskShape<>)
        : returned == typeof(IAsyncEnumerable<>) ? typeof(StreamShape<>)
        : null;

    private static NotSupportedException Unsupported(MethodInfo method, string why) =>
        new($"A handle can't call {method.DeclaringType?.Name}.{method.Name}: the method {why}.");
}

/// <summary>Takes the result of a user's method with its type.</summary>
internal interface IResultReceiver
{
    Task ReceiveAsync<T>(T value, CancellationToken cancellationToken);

    Task ReceiveStreamAsync<T>(IAsyncEnumerable<T> items, CancellationToken cancellationToken);
}

/// <summary>Stands for the value of a method that has none.</summary>
internal readonly record struct NoValue
{
    public static async Task<NoValue> After(Task task)
    {
        await task;
        return default;
    }
}

internal sealed class TaskShape(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token) => invoker.CallAsync<NoValue>(this, arguments, token);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)(object)NoValue.After((Task)returned);

    public override async Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken) =>
        await receiver.ReceiveAsync(await NoValue.After((Task)returned), cancellationToken);
}

internal sealed class TaskShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token) => invoker.CallAsync<T>(this, arguments, token);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)returned;

    public override async Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken) =>
        await receiver.ReceiveAsync(await (Task<T>)returned, cancellationToken);
}

internal sealed class ValueTaskShape(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token) =>
        new ValueTask(invoker.CallAsync<NoValue>(this, arguments, token));

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)(object)NoValue.After(((ValueTask)returned).AsTask());

    public override async Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken) =>
        await receiver.ReceiveAsync(await NoValue.After(((ValueTask)returned).AsTask()), cancellationToken);
}

internal sealed class ValueTaskShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token) =>
        new ValueTask<T>(invoker.CallAsync<T>(this, arguments, token));

    public override Task<TResult> AwaitAsync<TResult>(object returned) => ((ValueTask<TResult>)returned).AsTask();

    public override async Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken) =>
        await receiver.ReceiveAsync(await (ValueTask<T>)returned, cancellationToken);
}

internal sealed class StreamShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => true;

    public override object Start(HandleInvoker invoker, object?[] arguments, CancellationToken token) => invoker.StreamAsync<T>(this, arguments, token);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => throw new InvalidOperationException($"{Name} returns a stream.");

    public override Task DeliverAsync(object returned, IResultReceiver receiver, CancellationToken cancellationToken) =>
        receiver.ReceiveStreamAsync((IAsyncEnumerable<T>)returned, cancellationToken);
}
