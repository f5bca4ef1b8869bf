using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Numerics;
using Serve.OpenInference.Grpc.Reading;
using Serve.OpenInference.Grpc.Wire;
using Serve.Tensors;

namespace Serve.OpenInference.Grpc.Writing;

/// <summary>Writes the elements of a tensor straight from its memory, raw or as the field of <c>InferTensorContents</c> that its type has; much of it in parts, each of which waits until the client has room.</summary>
internal static class ElementWriter
{
    /// <summary>What is written between two looks at whether the client has room.</summary>
    private const int PartSize = 64 << 10;

    /// <summary>The bytes of the elements in their field, without number and length; of BYTES with them, since each element is a field.</summary>
    public static long SizeOf(TensorBuffer tensor) => tensor.DataType switch
    {
        TensorDataType.Bytes => SizeOfTexts(tensor),
        TensorDataType.UInt16 => SizeOfNumbers<ushort>(tensor),
        TensorDataType.UInt32 => SizeOfNumbers<uint>(tensor),
        TensorDataType.UInt64 => SizeOfNumbers<ulong>(tensor),
        TensorDataType.UInt8 => SizeOfNumbers<byte>(tensor),
        TensorDataType.Int8 => SizeOfNumbers<sbyte>(tensor),
        TensorDataType.Int16 => SizeOfNumbers<short>(tensor),
        TensorDataType.Int32 => SizeOfNumbers<int>(tensor),
        TensorDataType.Int64 => SizeOfNumbers<long>(tensor),
        _ => tensor.ByteLength,
    };

    /// <summary>Writes the elements as they lie in memory.</summary>
    public static async ValueTask WriteRawAsync(PipeWriter output, TensorBuffer tensor, CancellationToken cancellationToken)
    {
        var written = 0;
        for (; tensor.ByteLength - written > PartSize; written += PartSize)
        {
            Copy(output, tensor.Bytes.Slice(written, PartSize));
            await FlushAsync(output, cancellationToken);
        }

        Copy(output, tensor.Bytes[written..]);
    }

    /// <summary>Writes the elements as a field of their contents, or as fields.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="size">What <see cref="SizeOf"/> says.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static ValueTask WriteTypedAsync(PipeWriter output, TensorBuffer tensor, int size, CancellationToken cancellationToken) => tensor.DataType switch
    {
        TensorDataType.Bytes => WriteTextsAsync(output, tensor, cancellationToken),
        TensorDataType.Bool or TensorDataType.UInt8 => WriteNumbersAsync<byte>(output, tensor, size, cancellationToken),
        TensorDataType.UInt16 => WriteNumbersAsync<ushort>(output, tensor, size, cancellationToken),
        TensorDataType.UInt32 => WriteNumbersAsync<uint>(output, tensor, size, cancellationToken),
        TensorDataType.UInt64 => WriteNumbersAsync<ulong>(output, tensor, size, cancellationToken),
        TensorDataType.Int8 => WriteNumbersAsync<sbyte>(output, tensor, size, cancellationToken),
        TensorDataType.Int16 => WriteNumbersAsync<short>(output, tensor, size, cancellationToken),
        TensorDataType.Int32 => WriteNumbersAsync<int>(output, tensor, size, cancellationToken),
        TensorDataType.Int64 => WriteNumbersAsync<long>(output, tensor, size, cancellationToken),
        _ => WriteRawAsync(output, tensor, cancellationToken),
    };

    private static long SizeOfNumbers<T>(TensorBuffer tensor)
        where T : unmanaged, IBinaryInteger<T>
    {
        var size = 0L;
        foreach (var value in tensor.AsSpan<T>())
            size += Varint.SizeOf(ulong.CreateTruncating(value));
        return size;
    }

    private static async ValueTask WriteNumbersAsync<T>(PipeWriter output, TensorBuffer tensor, int size, CancellationToken cancellationToken)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var (index, left) = (0, size); left > 0;)
        {
            left -= WriteNumbers<T>(output, tensor, ref index, Math.Min(left, PartSize));
            if (left > 0)
                await FlushAsync(output, cancellationToken);
        }
    }

    private static int WriteNumbers<T>(PipeWriter output, TensorBuffer tensor, ref int index, int size)
        where T : unmanaged, IBinaryInteger<T>
    {
        var numbers = tensor.AsSpan<T>();
        var isBool = tensor.DataType == TensorDataType.Bool;
        var part = output.GetSpan(size + Varint.MaxSize);
        var written = 0;
        for (; index < numbers.Length && written <= part.Length - Varint.MaxSize; index++)
        {
            var value = ulong.CreateTruncating(numbers[index]);
            if (isBool)
                value = Math.Min(value, 1);
            written += Varint.Write(part[written..], value);
        }

        output.Advance(written);
        return written;
    }

    private static long SizeOfTexts(TensorBuffer tensor)
    {
        if (BytesElements.WhatIsWrong(tensor.Bytes, tensor.ElementCount) is { } wrong)
            throw new InvalidDataException($"An output of BYTES {TensorSize.Describe(tensor.Shape)} {wrong}.");
        var size = 0L;
        for (var elements = new BytesElements(tensor.Bytes); elements.MoveNext();)
            size += WireWriter.SizeOfBytes(elements.Current.Length);
        return size;
    }

    private static async ValueTask WriteTextsAsync(PipeWriter output, TensorBuffer tensor, CancellationToken cancellationToken)
    {
        var unseen = 0;
        for (var start = 0; start < tensor.ByteLength;)
        {
            var written = WriteTextHeader(output, tensor, start, out var length);
            start += BytesElements.LengthSize;
            unseen += written;
            // At least once, since an empty text has a header, too.
            var left = length;
            do
            {
                var part = Math.Min(left, PartSize);
                Copy(output, tensor.Bytes.Slice(start, part));
                (start, left) = (start + part, left - part);
                unseen += part;
                if (unseen >= PartSize)
                {
                    await FlushAsync(output, cancellationToken);
                    unseen = 0;
                }
            }
            while (left > 0);
        }
    }

    private static int WriteTextHeader(PipeWriter output, TensorBuffer tensor, int start, out int length)
    {
        length = (int)BinaryPrimitives.ReadUInt32LittleEndian(tensor.Bytes[start..]);
        var writer = new WireWriter(output.GetSpan(WireField.MaxHeaderSize));
        writer.Bytes((int)ContentsField.Bytes, length);
        output.Advance(writer.Written);
        return writer.Written;
    }

    private static void Copy(PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    /// <exception cref="OperationCanceledException">Nobody reads any more.</exception>
    private static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        var result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted || result.IsCanceled)
            throw new OperationCanceledException("The client has gone before it had all of the answer.");
    }
}
