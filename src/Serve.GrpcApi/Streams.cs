namespace Grpc.Core;

/// <summary>Messages that come one after the other.</summary>
/// <typeparam name="T">Their type.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that was read last.</summary>
    T Current { get; }

    /// <summary>Reads the next one.</summary>
    /// <returns>False where there are no more.</returns>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Takes messages one after the other: the next can be written when the one before is.</summary>
/// <typeparam name="T">Their type.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>How messages are written; null is as the call says.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes a message.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            throw new NotSupportedException("This stream has no writes that can be cancelled.");
        return WriteAsync(message);
    }
}

/// <summary>Takes the messages that a service answers with.</summary>
/// <typeparam name="T">Their type.</typeparam>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;

/// <summary>Reads streams.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Reads the next message.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <returns>False where there are no more.</returns>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return streamReader.MoveNext(CancellationToken.None);
    }
}
