using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Serve.Handles;
using Serve.Wire.Payloads;

namespace Serve.Discovery;

/// <summary>
/// What Serve knows of a method that handles may call: which of its arguments travel and how, where its cancellation token goes and how
/// its result travels. Caller and callee make it from the same interface.
/// </summary>
internal abstract class MethodShape
{
    private readonly MethodInvoker _method;
    private readonly Type[] _parameters;
    private readonly int _tokenIndex;
    private JsonTypeInfo?[]? _payloadTypes;

    protected MethodShape(MethodInfo method)
    {
        _method = MethodInvoker.Create(method);
        _parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        _tokenIndex = Array.IndexOf(_parameters, typeof(CancellationToken));
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        Stream = StreamParameter.Find(_parameters);
        IsIdempotent = method.IsDefined(typeof(IdempotentAttribute));
    }

    /// <summary>How a call names the method: <c>IInterface.Method</c>.</summary>
    public string Name { get; }

    /// <summary>The argument that is a stream of items, or null.</summary>
    public StreamParameter? Stream { get; }

    /// <summary>Whether a call may run twice.</summary>
    public bool IsIdempotent { get; }

    /// <summary>Whether the result is a stream of items.</summary>
    public abstract bool IsStream { get; }

    /// <summary>How each argument is converted where it travels in the payload; null for the cancellation token and a stream. Made for the first call that travels.</summary>
    public JsonTypeInfo?[] PayloadTypes => _payloadTypes ??=
        [.. _parameters.Select((type, index) => index == _tokenIndex || index == Stream?.Index ? null : PayloadOptions.Json.GetTypeInfo(type))];

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
        if (parameters.Count(parameter => StreamParameter.IsStream(parameter.ParameterType)) > 1)
            throw Unsupported(method, "takes more than one IAsyncEnumerable; put their items into one");
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

    /// <summary>The caller's token.</summary>
    public CancellationToken TokenOf(object?[] arguments) => _tokenIndex < 0 ? CancellationToken.None : (CancellationToken)arguments[_tokenIndex]!;

    /// <summary>Room for all arguments, with the token in its place.</summary>
    public object?[] NewArguments(CancellationToken token)
    {
        var arguments = new object?[_parameters.Length];
        if (_tokenIndex >= 0)
            arguments[_tokenIndex] = token;
        return arguments;
    }

    /// <summary>The caller's arguments for a callee in the same process, with another token.</summary>
    public object?[] WithToken(object?[] arguments, CancellationToken token)
    {
        var own = NewArguments(token);
        for (var i = 0; i < own.Length; i++)
        {
            if (i != _tokenIndex)
                own[i] = arguments[i];
        }

        return own;
    }

    /// <summary>Calls the method on an object that implements it and returns what it returns, for instance a <c>Task&lt;int&gt;</c>.</summary>
    public object Invoke(object target, object?[] arguments) =>
        _method.Invoke(target, arguments.AsSpan())
        ?? throw new InvalidOperationException($"{Name} of {target.GetType().Name} returned null instead of a task or stream.");

    /// <summary>The caller's side: starts a call and returns what the method's caller expects, for instance a <c>Task&lt;int&gt;</c>.</summary>
    public abstract object Start(HandleInvoker invoker, object?[] arguments);

    /// <summary>Waits for what <see cref="Invoke"/> returned. <typeparamref name="TResult"/> is the method's own type of result.</summary>
    public abstract Task<TResult> AwaitAsync<TResult>(object returned);

    /// <summary>The callee's side: hands what the user's method returned to a receiver that knows its type.</summary>
    public abstract Task DeliverAsync(object returned, IResultReceiver receiver);

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
    Task ReceiveAsync<T>(T value);

    Task ReceiveStreamAsync<T>(IAsyncEnumerable<T> items);
}
