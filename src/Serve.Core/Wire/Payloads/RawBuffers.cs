using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Serve.Wire.Payloads;

/// <summary>
/// The buffers that travel beside the JSON of one payload. While a payload is written the converters put the user's own memory here;
/// while it is read they put the memory here that the bytes shall be received into. Nothing is copied on the way.
/// </summary>
internal sealed class RawBuffers
{
    /// <summary>The most buffers in one payload.</summary>
    public const int MaxCount = 4096;

    /// <summary>For a payload that announces no buffers.</summary>
    private static readonly RawBuffers None = new([]);

    [ThreadStatic]
    private static RawBuffers? s_current;

    private readonly List<Memory<byte>> _buffers = [];
    private readonly long[]? _lengths;

    private RawBuffers(long[]? lengths)
    {
        _lengths = lengths;
        if (lengths is not null)
            CollectionsMarshal.SetCount(_buffers, lengths.Length);
    }

    /// <summary>The buffers of the payload that this thread converts right now.</summary>
    public static RawBuffers Current => s_current ?? throw new InvalidOperationException("Raw buffers exist only while a payload is converted.");

    public int Count => _buffers.Count;

    /// <summary>The memory to send, or to receive into, in the order of the payload. Empty where the reader's types have no use for a buffer.</summary>
    public Memory<byte> this[int index] => _buffers[index];

    /// <summary>For conversions to JSON.</summary>
    public static RawBuffers ToSend() => new(lengths: null);

    /// <summary>For a conversion from JSON whose payload announces buffers of these lengths.</summary>
    public static RawBuffers Expect(long[] lengths) => lengths.Length == 0 ? None : new RawBuffers(lengths);

    /// <summary>Makes them those of this thread's conversion. Give those back that were there before.</summary>
    public static RawBuffers? Swap(RawBuffers? buffers)
    {
        var outer = s_current;
        s_current = buffers;
        return outer;
    }

    public void Clear() => _buffers.Clear();

    /// <summary>Adds memory to send and returns its number in the payload.</summary>
    public int Add<T>(ReadOnlyMemory<T> memory)
        where T : unmanaged
    {
        if (_buffers.Count == MaxCount)
            throw new ServeException(ServeError.TooLarge, $"A call may carry at most {MaxCount} arrays of bytes or numbers; put many small ones into one.");
        if ((long)memory.Length * Unsafe.SizeOf<T>() > PayloadOptions.MaxBufferLength)
            throw new ServeException(ServeError.TooLarge, $"An array of {memory.Length} {typeof(T).Name} takes more than the {PayloadOptions.MaxBufferLength} bytes that one may have in a call; split it.");
        _buffers.Add(AsBytes(MemoryMarshal.AsMemory(memory)));
        return _buffers.Count - 1;
    }

    /// <summary>Makes the array that buffer <paramref name="index"/> will be received into.</summary>
    public T[] Receive<T>(int index)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        if (_lengths is null || (uint)index >= (uint)_lengths.Length || !_buffers[index].IsEmpty)
            throw new InvalidDataException($"The payload refers to buffer {index}, which it does not have or has used already.");
        if (_lengths[index] % size != 0)
            throw new InvalidDataException($"Buffer {index} has {_lengths[index]} bytes, which is no multiple of the {size} bytes of {typeof(T).Name}.");
        var array = GC.AllocateUninitializedArray<T>((int)(_lengths[index] / size));
        _buffers[index] = AsBytes(array.AsMemory());
        return array;
    }

    private static Memory<byte> AsBytes<T>(Memory<T> memory)
        where T : unmanaged => memory is Memory<byte> bytes ? bytes : new ByteView<T>(memory).Memory;

    /// <summary>The same memory seen as bytes.</summary>
    private sealed class ByteView<T>(Memory<T> memory) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(memory.Span);

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            var handle = memory.Pin();
            return new MemoryHandle((byte*)handle.Pointer + elementIndex, pinnable: new Pinned(handle));
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Pinned(MemoryHandle handle) : IPinnable
        {
            private MemoryHandle _handle = handle;

            public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException();

            public void Unpin() => _handle.Dispose();
        }
    }
}
