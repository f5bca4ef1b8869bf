using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a message is written to.</summary>
public abstract class SerializationContext
{
    /// <summary>Gives the message as an array, which is not used by anyone else from then on. Ends it.</summary>
    public virtual void Complete(byte[] payload) => throw new NotSupportedException();

    /// <summary>Gives the place for the bytes; <see cref="Complete()"/> follows.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotSupportedException();

    /// <summary>Says how many bytes will come, before the first.</summary>
    public virtual void SetPayloadLength(int payloadLength)
    {
        // Only a hint.
    }

    /// <summary>Ends the message.</summary>
    public virtual void Complete() => throw new NotSupportedException();
}

/// <summary>Where a message is read from.</summary>
public abstract class DeserializationContext
{
    /// <summary>The bytes that there are.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The bytes as an array of the caller's own.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotSupportedException();

    /// <summary>The bytes where they lie; valid until the message is read.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotSupportedException();
}
