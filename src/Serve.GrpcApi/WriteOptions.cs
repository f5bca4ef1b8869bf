namespace Grpc.Core;

/// <summary>How a message is written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>It may wait for the next ones.</summary>
    BufferHint = 0x1,

    /// <summary>It is not compressed, whatever the method's options say.</summary>
    NoCompress = 0x2,
}

/// <summary>How messages are written.</summary>
public class WriteOptions
{
    /// <summary>Nothing special.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>Makes one.</summary>
    /// <param name="flags">How messages are written.</param>
    public WriteOptions(WriteFlags flags = default)
    {
        Flags = flags;
    }

    /// <summary>How messages are written.</summary>
    public WriteFlags Flags { get; }
}
