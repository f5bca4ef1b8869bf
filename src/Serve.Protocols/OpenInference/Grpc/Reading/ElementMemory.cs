using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Serve.Tensors;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>Memory that elements of a tensor are read into while nobody knows how many there will be. It becomes the tensor's own.</summary>
internal sealed class ElementMemory : IDisposable
{
    private TensorMemory? _memory;
    private int _capacity;
    private long _taken;

    /// <summary>What it may take from; shared with the other tensors of the request.</summary>
    public TensorBudget? Budget { get; set; }

    /// <summary>Whose elements they are, for errors.</summary>
    public string Where { get; set; } = "";

    /// <summary>The bytes that are in use.</summary>
    public int Length { get; private set; }

    /// <summary>What is in use.</summary>
    public Span<byte> Bytes => _memory is null ? [] : _memory.GetSpan()[..Length];

    /// <summary>Takes more of it into use.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="expected">How much will be in use at the end as far as anybody knows, so that nothing has to be copied.</param>
    /// <exception cref="ServeException">No tensor has so many bytes, or the request may not.</exception>
    public Memory<byte> Extend(long bytes, long expected = 0)
    {
        var length = Length + bytes;
        if (length > TensorSize.MaxBytes)
            throw new ServeException(ServeError.TooLarge, $"An input would have more than {TensorSize.MaxBytes} bytes; a tensor can't.");
        Take(Math.Max(length, expected));
        if (_memory is null || length > _capacity)
            Grow((int)Math.Min(Math.Max(Math.Max(length, 2L * _capacity), expected), TensorSize.MaxBytes));
        var part = _memory!.Memory.Slice(Length, (int)bytes);
        Length = (int)length;
        return part;
    }

    /// <summary>Takes less of it into use.</summary>
    public void Shorten(int length) => Length = length;

    /// <summary>Makes elements of 4 bytes to ones of less, which they fit into; the index of the first that doesn't, or -1.</summary>
    public int Narrow(TensorDataType type)
    {
        var values = MemoryMarshal.Cast<byte, int>(Bytes);
        var bytes = Bytes;
        var (lowest, highest, size) = type switch
        {
            TensorDataType.Int8 => (sbyte.MinValue, sbyte.MaxValue, 1),
            TensorDataType.Int16 => (short.MinValue, short.MaxValue, 2),
            TensorDataType.UInt8 => (0, byte.MaxValue, 1),
            _ => (0, (int)ushort.MaxValue, 2),
        };
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            if (value < lowest || value > highest)
                return i;
            if (size == 1)
                bytes[i] = (byte)value;
            else
                BinaryPrimitives.WriteInt16LittleEndian(bytes[(2 * i)..], (short)value);
        }

        Length = values.Length * size;
        return -1;
    }

    /// <summary>Makes it a tensor.</summary>
    public TensorBuffer ToTensor(TensorDataType type, long[] shape, int count)
    {
        var memory = _memory ?? NativeMemoryPool.Shared.Rent(0);
        var tensor = new TensorBuffer(type, shape, count, memory, start: 0, Length);
        (_memory, _capacity, Length, _taken) = (null, 0, 0, 0);
        return tensor;
    }

    public void Dispose()
    {
        _memory?.Release();
        (_memory, _capacity, Length, _taken) = (null, 0, 0, 0);
    }

    private void Take(long length)
    {
        if (length <= _taken)
            return;
        Budget?.Take(length - _taken, Where);
        _taken = length;
    }

    private void Grow(int capacity)
    {
        var grown = NativeMemoryPool.Shared.Rent(capacity);
        Bytes.CopyTo(grown.GetSpan());
        _memory?.Release();
        (_memory, _capacity) = (grown, capacity);
    }
}
