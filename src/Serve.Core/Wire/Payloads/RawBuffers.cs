using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serve.Tensors;

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
    private static readonly RawBuffers None = new([], []);

    [ThreadStatic]
    private static RawBuffers? s_current;

    private readonly List<Memory<byte>> _buffers = [];
    private readonly List<TensorBuffer> _tensors;
    private readonly long[]? _lengths;

    private RawBuffers(long[]? lengths, List<TensorBuffer> tensors)
    {
        _lengths = lengths;
        _tensors = tensors;
        if (lengths is not null)
            CollectionsMarshal.SetCount(_buffers, lengths.Length);
    }

    /// <summary>The buffers of the payload that this thread converts right now.</summary>
    public static RawBuffers Current => s_current ?? throw new InvalidOperationException("Raw buffers exist only while a payload is converted.");

    public int Count => _buffers.Count;

    /// <summary>While a payload is written: whether its tensors are handed over with it, rather than only lent to it.</summary>
    public bool TakesOver { get; set; }

    /// <summary>The tensors that were made to receive into.</summary>
    public IReadOnlyList<TensorBuffer> Tensors => _tensors;

    /// <summary>The memory to send, or to receive into, in the order of the payload. Empty where the reader's types have no use for a buffer.</summary>
    public Memory<byte> this[int index] => _buffers[index];

    /// <summary>For conversions to JSON.</summary>
    /// <param name="held">Gets the tensors, or shares of them, whose memory is to be sent; whoever owns the list disposes them when it was.</param>
    public static RawBuffers ToSend(List<TensorBuffer> held) => new(lengths: null, held);

    /// <summary>For a conversion from JSON whose payload announces buffers of these lengths.</summary>
    public static RawBuffers Expect(long[] lengths) => lengths.Length == 0 ? None : new RawBuffers(lengths, []);

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

    /// <summary>Adds a tensor to send and returns its number in the payload.</summary>
    /// <exception cref="ObjectDisposedException">Its owner has disposed it.</exception>
    public int Add(TensorBuffer tensor)
    {
        var memory = tensor.Memory;
        _tensors.Add(TakesOver ? tensor : tensor.Share());
        return Add<byte>(memory);
    }

    /// <summary>Makes the array that buffer <paramref name="index"/> will be received into.</summary>
    public T[] Receive<T>(int index)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        var length = LengthOf(index);
        if (length % size != 0)
            throw new InvalidDataException($"Buffer {index} has {length} bytes, which is no multiple of the {size} bytes of {typeof(T).Name}.");
        var array = GC.AllocateUninitializedArray<T>((int)(length / size));
        _buffers[index] = AsBytes(array.AsMemory());
        return array;
    }

    /// <summary>Makes the tensor that buffer <paramref name="index"/> will be received into.</summary>
    public TensorBuffer ReceiveTensor(int index, TensorDataType type, ReadOnlySpan<long> shape)
    {
        var length = LengthOf(index);
        var isWhole = type == TensorDataType.Bytes ? TensorSize.TryCount(shape, out _) : TensorSize.TryBytes(type, shape, out var bytes) && bytes == length;
        if (!isWhole)
            throw new InvalidDataException($"Buffer {index} has {length} bytes, which are no tensor of {TensorDataTypes.NameOf(type)} {TensorSize.Describe(shape)}.");
        var tensor = type == TensorDataType.Bytes ? TensorBuffer.RentBytes((int)length, shape) : TensorBuffer.Rent(type, shape);
        _tensors.Add(tensor);
        _buffers[index] = tensor.Memory;
        return tensor;
    }

    /// <summary>What was to be received does not come, or nobody wants it.</summary>
    public void GiveBack()
    {
        foreach (var tensor in _tensors)
            tensor.Dispose();
    }

    private long LengthOf(int index) => _lengths is not null && (uint)index < (uint)_lengths.Length && _buffers[index].IsEmpty
        ? _lengths[index]
        : throw new InvalidDataException($"The payload refers to buffer {index}, which it does not have or has used already.");

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
