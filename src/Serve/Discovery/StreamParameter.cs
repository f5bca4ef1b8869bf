using System.IO.Pipelines;
using Serve.Handles;
using Serve.Wire.Payloads;

namespace Serve.Discovery;

/// <summary>The parameter of a method that is a stream of items: <c>IAsyncEnumerable&lt;T&gt;</c>.</summary>
internal abstract class StreamParameter(int index)
{
    public int Index { get; } = index;

    public static bool IsStream(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);

    public static StreamParameter? Find(Type[] parameters)
    {
        var index = Array.FindIndex(parameters, IsStream);
        return index < 0 ? null : (StreamParameter)Activator.CreateInstance(typeof(StreamParameter<>).MakeGenericType(parameters[index].GetGenericArguments()), index)!;
    }

    /// <summary>The caller's side: sends the items.</summary>
    public abstract Task SendAsync(object items, IPayloadSink sink, CancellationToken cancellationToken);

    /// <summary>The callee's side: the stream that the user's method gets.</summary>
    public abstract object Receive(PipeReader input, CancellationToken cancellationToken);

    /// <summary>For a callee in the same process: the items, produced ahead of it on the caller's behalf.</summary>
    public abstract object PassOn(object items, Func<Exception, Exception> onFailed, CancellationToken cancellationToken);
}

internal sealed class StreamParameter<T>(int index) : StreamParameter(index)
{
    public override Task SendAsync(object items, IPayloadSink sink, CancellationToken cancellationToken) => ItemSender.SendAsync((IAsyncEnumerable<T>)items, sink, cancellationToken);

    public override object Receive(PipeReader input, CancellationToken cancellationToken) => new ReceivedItems<T>(input, cancellationToken);

    public override object PassOn(object items, Func<Exception, Exception> onFailed, CancellationToken cancellationToken) =>
        LocalItems<T>.Start(_ => (IAsyncEnumerable<T>)items, onFailed, static () => { }, cancellationToken);
}
