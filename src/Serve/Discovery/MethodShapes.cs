using System.Reflection;
using Serve.Handles;

namespace Serve.Discovery;

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

    public override object Start(HandleInvoker invoker, object?[] arguments) => invoker.CallAsync<NoValue>(this, arguments);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)(object)NoValue.After((Task)returned);

    public override async Task DeliverAsync(object returned, IResultReceiver receiver)
    {
        await (Task)returned;
        await receiver.ReceiveAsync(default(NoValue));
    }
}

internal sealed class TaskShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments) => invoker.CallAsync<T>(this, arguments);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)returned;

    public override async Task DeliverAsync(object returned, IResultReceiver receiver) => await receiver.ReceiveAsync(await (Task<T>)returned);
}

internal sealed class ValueTaskShape(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments) => new ValueTask(invoker.CallAsync<NoValue>(this, arguments));

    public override Task<TResult> AwaitAsync<TResult>(object returned) => (Task<TResult>)(object)NoValue.After(((ValueTask)returned).AsTask());

    public override async Task DeliverAsync(object returned, IResultReceiver receiver)
    {
        await (ValueTask)returned;
        await receiver.ReceiveAsync(default(NoValue));
    }
}

internal sealed class ValueTaskShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => false;

    public override object Start(HandleInvoker invoker, object?[] arguments) => new ValueTask<T>(invoker.CallAsync<T>(this, arguments));

    public override Task<TResult> AwaitAsync<TResult>(object returned) => ((ValueTask<TResult>)returned).AsTask();

    public override async Task DeliverAsync(object returned, IResultReceiver receiver) => await receiver.ReceiveAsync(await (ValueTask<T>)returned);
}

internal sealed class StreamShape<T>(MethodInfo method) : MethodShape(method)
{
    public override bool IsStream => true;

    public override object Start(HandleInvoker invoker, object?[] arguments) => CallStream<T>.Start(invoker, this, arguments);

    public override Task<TResult> AwaitAsync<TResult>(object returned) => throw new InvalidOperationException($"{Name} returns a stream.");

    public override Task DeliverAsync(object returned, IResultReceiver receiver) => receiver.ReceiveStreamAsync((IAsyncEnumerable<T>)returned);
}
