using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Serve.Tensors;

namespace Serve;

/// <summary>
/// A tensor of any type as raw bytes: row-major, little-endian, outside of the collected heap, so that an engine reads and writes it where it lies. It is made by
/// whoever reads a request, or by an engine for what it gives; the one who holds it disposes it, and the memory goes back to a pool.
/// For computing with numbers <see cref="Tensor{T}"/> is the friendlier one.
/// </summary>
/// <remarks>
/// As an argument of a handle call it stays the caller's, who may dispose it once the call has ended; the method has it until its task ends. As a result, or an item of a stream, it is handed over:
/// whoever gets it disposes it.
/// </remarks>
public sealed class TensorBuffer : IDisposable
{
    private readonly TensorMemory _memory;
    private readonly int _start;
    private readonly int _length;
    private readonly long[] _shape;
    private bool _disposed;

    internal TensorBuffer(TensorDataType dataType, long[] shape, int elementCount, TensorMemory memory, int start, int length)
    {
        DataType = dataType;
        ElementCount = elementCount;
        _shape = shape;
        _memory = memory;
        _start = start;
        _length = length;
    }

    /// <summary>What the elements are.</summary>
    public TensorDataType DataType { get; }

    /// <summary>The dimensions, outermost first. No dimension means one scalar element.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The product of the dimensions.</summary>
    public int ElementCount { get; }

    /// <summary>The number of bytes.</summary>
    public int ByteLength => _length;

    /// <summary>The raw bytes. Not to be used after <see cref="Dispose"/>: the memory is another tensor's then.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _memory.Memory.Slice(_start, _length);
        }
    }

    /// <summary>The raw bytes. Not to be used after <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _memory.GetSpan().Slice(_start, _length);
        }
    }

    /// <summary>Takes memory for a tensor of numbers. What is in it is left over from others and has to be overwritten.</summary>
    /// <param name="dataType">What the elements are; not <see cref="TensorDataType.Bytes"/>.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the tensor would have more than 2³¹−1 bytes, or the elements have no common size.</exception>
    public static TensorBuffer Rent(TensorDataType dataType, params ReadOnlySpan<long> shape)
    {
        if (dataType == TensorDataType.Bytes)
            throw new ArgumentException($"The size of a tensor of BYTES doesn't follow from its shape {TensorSize.Describe(shape)}; use {nameof(RentBytes)}.", nameof(dataType));
        if (!TensorSize.TryBytes(dataType, shape, out var bytes))
            throw WrongShape(dataType, shape);
        _ = TensorSize.TryCount(shape, out var count);
        return new TensorBuffer(dataType, shape.ToArray(), count, NativeMemoryPool.Shared.Rent(bytes), start: 0, bytes);
    }

    /// <summary>Takes memory for a tensor of texts in their raw form: each element is its length, 4 bytes little-endian, and then its bytes.</summary>
    /// <param name="byteLength">The bytes of all elements with their lengths.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the tensor would have more than 2³¹−1 elements.</exception>
    public static TensorBuffer RentBytes(int byteLength, params ReadOnlySpan<long> shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        return TensorSize.TryCount(shape, out var count)
            ? new TensorBuffer(TensorDataType.Bytes, shape.ToArray(), count, NativeMemoryPool.Shared.Rent(byteLength), start: 0, byteLength)
            : throw WrongShape(TensorDataType.Bytes, shape);
    }

    /// <summary>Copies numbers.</summary>
    /// <typeparam name="T">The .NET type of <paramref name="dataType"/>; for BF16 <c>ushort</c>.</typeparam>
    /// <param name="dataType">What the elements are.</param>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">The shape or the type doesn't go with the values.</exception>
    public static TensorBuffer Copy<T>(TensorDataType dataType, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        var tensor = Rent(dataType, shape);
        if (tensor.ElementCount != values.Length || !TensorDataTypes.IsSeenAs<T>(dataType))
        {
            tensor.Dispose();
            throw new ArgumentException($"{values.Length} elements of {typeof(T)} are no {TensorDataTypes.NameOf(dataType)} {TensorSize.Describe(shape)}.", nameof(values));
        }

        MemoryMarshal.AsBytes(values).CopyTo(tensor.Bytes);
        return tensor;
    }

    /// <summary>Copies texts, as UTF-8.</summary>
    /// <param name="texts">The elements, row-major.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">The shape doesn't go with the texts.</exception>
    public static TensorBuffer CopyTexts(ReadOnlySpan<string> texts, params ReadOnlySpan<long> shape)
    {
        var length = 0;
        foreach (var text in texts)
            length = checked(length + BytesElements.LengthSize + Encoding.UTF8.GetByteCount(text));
        if (!TensorSize.TryCount(shape, out var count) || count != texts.Length)
            throw new ArgumentException($"{texts.Length} texts are no tensor of shape {TensorSize.Describe(shape)}.", nameof(texts));
        var tensor = RentBytes(length, shape);
        var rest = tensor.Bytes;
        foreach (var text in texts)
        {
            var size = Encoding.UTF8.GetBytes(text, rest[BytesElements.LengthSize..]);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)size);
            rest = rest[(BytesElements.LengthSize + size)..];
        }

        return tensor;
    }

    /// <summary>The elements as numbers of .NET.</summary>
    /// <typeparam name="T">The .NET type of <see cref="DataType"/>; for BF16 <c>ushort</c>.</typeparam>
    /// <exception cref="InvalidCastException">The elements are of another type.</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged =>
        TensorDataTypes.IsSeenAs<T>(DataType)
            ? MemoryMarshal.Cast<byte, T>(Bytes)
            : throw new InvalidCastException($"A tensor of {TensorDataTypes.NameOf(DataType)} can't be seen as {typeof(T)}.");

    /// <summary>The elements of a tensor of BYTES as texts.</summary>
    /// <exception cref="InvalidCastException">It is a tensor of numbers.</exception>
    /// <exception cref="InvalidDataException">The raw form doesn't hold as many elements as the shape says.</exception>
    public string[] ReadTexts()
    {
        if (DataType != TensorDataType.Bytes)
            throw new InvalidCastException($"A tensor of {TensorDataTypes.NameOf(DataType)} has no texts.");
        if (BytesElements.WhatIsWrong(Bytes, ElementCount) is { } wrong)
            throw new InvalidDataException($"The tensor of BYTES {TensorSize.Describe(Shape)} {wrong}.");
        var texts = new string[ElementCount];
        var elements = new BytesElements(Bytes);
        for (var i = 0; elements.MoveNext(); i++)
            texts[i] = Encoding.UTF8.GetString(elements.Current);
        return texts;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
            _memory.Release();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{TensorDataTypes.NameOf(DataType)} {TensorSize.Describe(_shape)}";

    /// <summary>Some rows of the outermost dimension, in the same memory: it goes back when the last who looks into it is done.</summary>
    internal TensorBuffer Rows(long first, long count)
    {
        var rows = _shape[0];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, rows, nameof(count));
        long[] shape = [count, .. _shape.AsSpan(1)];
        var perRow = rows == 0 ? 0 : ElementCount / rows;
        var (start, length) = DataType == TensorDataType.Bytes
            ? RangeOf((int)(first * perRow), (int)(count * perRow))
            : ((int)(first * perRow) * TensorDataTypes.SizeOf(DataType), (int)(count * perRow) * TensorDataTypes.SizeOf(DataType));
        ObjectDisposedException.ThrowIf(_disposed, this);
        _memory.Acquire();
        return new TensorBuffer(DataType, shape, (int)(count * perRow), _memory, _start + start, length);
    }

    /// <summary>The same tensor once more: the memory goes back when both are disposed.</summary>
    internal TensorBuffer Share()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _memory.Acquire();
        return new TensorBuffer(DataType, _shape, ElementCount, _memory, _start, _length);
    }

    /// <summary>Shows the bytes to native code; the address holds for as long as the tensor is not disposed.</summary>
    internal unsafe nint Address => (nint)_memory.Pin(_start).Pointer;

    private static ArgumentException WrongShape(TensorDataType dataType, ReadOnlySpan<long> shape) =>
        new($"A tensor of {TensorDataTypes.NameOf(dataType)} can't have the shape {TensorSize.Describe(shape)}: dimensions are at least 0, at most {TensorSize.MaxRank} of them, and all bytes together at most {TensorSize.MaxBytes}.", nameof(shape));

    private (int Start, int Length) RangeOf(int first, int count)
    {
        var elements = new BytesElements(Bytes);
        for (var i = 0; i < first; i++)
            elements.MoveNext();
        var start = _length - elements.Rest.Length;
        for (var i = 0; i < count; i++)
            elements.MoveNext();
        return (start, _length - elements.Rest.Length - start);
    }
}
