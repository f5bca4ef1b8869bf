using System.Buffers;
using System.IO.Pipelines;

namespace Serve.Grpc;

/// <summary>How the messages of a method become objects, and objects messages.</summary>
/// <typeparam name="TRequest">What the method takes.</typeparam>
/// <typeparam name="TResponse">What it gives.</typeparam>
internal abstract class MessageFormat<TRequest, TResponse>
{
    /// <summary>Reads a message from where it comes.</summary>
    public abstract ValueTask<TRequest> ReadAsync(PipeReader input, int length, CancellationToken cancellationToken);

    /// <summary>Reads a message that was compressed.</summary>
    public abstract ValueTask<TRequest> ReadAsync(ReadOnlySequence<byte> plain, CancellationToken cancellationToken);

    /// <summary>Writes a message with its prefix.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="message">The message.</param>
    /// <param name="limit">The most bytes that it may have.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public abstract ValueTask WriteAsync(PipeWriter output, TResponse message, int limit, CancellationToken cancellationToken);

    /// <summary>Writes a message to be compressed.</summary>
    public abstract ValueTask WriteAsync(PooledBuffer output, TResponse message, int limit, CancellationToken cancellationToken);

    /// <summary>Whether some of a message may have left before it is written as a whole.</summary>
    public virtual bool FlushesItself => false;

    /// <summary>Lets go of a message that nobody needs any more.</summary>
    public virtual void Release(object? message)
    {
        // An object of the garbage collector's.
    }
}
