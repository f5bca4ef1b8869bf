using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Serve.Wire.Payloads;

/// <summary>Reads what <see cref="PayloadWriter"/> writes: at once where it is all there, else as it comes, arrays straight into the memory that the user's objects keep.</summary>
internal static class PayloadReader
{
    /// <summary>Reads a value from the beginning of bytes that hold all of it.</summary>
    /// <param name="bytes">The bytes; what is behind the value stays.</param>
    /// <exception cref="InvalidDataException">The payload is malformed.</exception>
    /// <exception cref="EndOfStreamException">The payload is not complete.</exception>
    /// <exception cref="JsonException">It can't be converted.</exception>
    public static T? ReadValue<T>(ref ReadOnlySpan<byte> bytes) => Read<T?, ValueConversion<T>>(ref bytes, default);

    /// <summary>Reads arguments from bytes that hold all of them.</summary>
    /// <param name="bytes">The bytes; what is behind the arguments stays.</param>
    /// <param name="types">How each is read; null where it does not travel in the payload.</param>
    /// <param name="arguments">Where they go.</param>
    /// <returns>The tensors among and in them; who has read them disposes them.</returns>
    /// <exception cref="JsonException">An argument can't be converted, or their number is wrong.</exception>
    public static IReadOnlyList<TensorBuffer> ReadArguments(ref ReadOnlySpan<byte> bytes, JsonTypeInfo?[] types, object?[] arguments) =>
        Read<IReadOnlyList<TensorBuffer>, ArgumentsConversion>(ref bytes, new ArgumentsConversion(types, arguments));

    /// <inheritdoc cref="ReadValue{T}"/>
    public static ValueTask<T?> ReadValueAsync<T>(PipeReader input, CancellationToken cancellationToken) =>
        ReadAsync<T?, ValueConversion<T>>(input, default, cancellationToken);

    /// <inheritdoc cref="ReadArguments"/>
    public static ValueTask<IReadOnlyList<TensorBuffer>> ReadArgumentsAsync(PipeReader input, JsonTypeInfo?[] types, object?[] arguments, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<TensorBuffer>, ArgumentsConversion>(input, new ArgumentsConversion(types, arguments), cancellationToken);

    /// <summary>Reads a value where all of it is there, in one piece.</summary>
    /// <returns>False where more bytes are needed, or they are scattered.</returns>
    public static bool TryReadValue<T>(ref ReadOnlySpan<byte> bytes, out T? value)
    {
        value = default;
        if (!IsWhole(bytes))
            return false;
        value = ReadValue<T>(ref bytes);
        return true;
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PayloadWriter.PrefixLength)
            return false;
        var head = PayloadHead.Read(bytes);
        var whole = head.Length;
        if (bytes.Length < whole)
            return false;
        for (var i = 0; i < head.Buffers; i++)
            whole += BinaryPrimitives.ReadInt64LittleEndian(bytes[(PayloadWriter.PrefixLength + 8 * i)..]) is var length && length is >= 0 and <= PayloadOptions.MaxBufferLength
                ? length
                : throw PayloadHead.WrongLength(i, length);
        return bytes.Length >= whole;
    }

    private static TValue Read<TValue, TConversion>(ref ReadOnlySpan<byte> bytes, TConversion conversion)
        where TConversion : struct, IConversion<TValue>
    {
        if (bytes.Length < PayloadWriter.PrefixLength)
            throw new EndOfStreamException("A payload has no beginning.");
        var head = PayloadHead.Read(bytes);
        if (bytes.Length < head.Length)
            throw new EndOfStreamException("A payload is cut off.");
        var lengths = head.ReadLengths(bytes[PayloadWriter.PrefixLength..]);
        var (value, buffers) = Convert<TValue, TConversion>(bytes[(int)(head.Length - head.JsonLength)..(int)head.Length], lengths, conversion);
        bytes = bytes[(int)head.Length..];
        for (var i = 0; i < lengths.Length; i++)
        {
            if (bytes.Length < lengths[i])
            {
                buffers.GiveBack();
                throw new EndOfStreamException("A payload is cut off.");
            }

            if (!buffers[i].IsEmpty)
                bytes[..(int)lengths[i]].CopyTo(buffers[i].Span);
            bytes = bytes[(int)lengths[i]..];
        }

        return value;
    }

    private static async ValueTask<TValue> ReadAsync<TValue, TConversion>(PipeReader input, TConversion conversion, CancellationToken cancellationToken)
        where TConversion : struct, IConversion<TValue>
    {
        var result = await input.ReadAtLeastAsync(PayloadWriter.PrefixLength, cancellationToken);
        if (TryReadFirst<TValue, TConversion>(input, result.Buffer, conversion, out var whole))
            return whole!;
        var head = ReadHead(input, result);
        var rented = ArrayPool<byte>.Shared.Rent((int)head.Length - PayloadWriter.PrefixLength);
        try
        {
            var rest = rented.AsMemory(0, (int)head.Length - PayloadWriter.PrefixLength);
            await input.FillAsync(rest, cancellationToken);
            var lengths = head.ReadLengths(rest.Span);
            var (value, buffers) = Convert<TValue, TConversion>(rest.Span[(8 * head.Buffers)..], lengths, conversion);
            await ReceiveAsync(input, lengths, buffers, cancellationToken);
            return value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static async ValueTask ReceiveAsync(PipeReader input, long[] lengths, RawBuffers buffers, CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < lengths.Length; i++)
            {
                if (buffers[i].IsEmpty)
                    await input.SkipAsync(lengths[i], cancellationToken);
                else
                    await input.FillAsync(buffers[i], cancellationToken);
            }
        }
        catch
        {
            buffers.GiveBack();
            throw;
        }
    }

    private static bool TryReadFirst<TValue, TConversion>(PipeReader input, in ReadOnlySequence<byte> buffer, TConversion conversion, out TValue? value)
        where TConversion : struct, IConversion<TValue>
    {
        value = default;
        var bytes = buffer.FirstSpan;
        if (!IsWhole(bytes))
            return false;
        value = Read<TValue, TConversion>(ref bytes, conversion);
        input.AdvanceTo(buffer.GetPosition(buffer.FirstSpan.Length - bytes.Length));
        return true;
    }

    private static PayloadHead ReadHead(PipeReader input, in ReadResult result)
    {
        if (result.Buffer.Length < PayloadWriter.PrefixLength)
            throw new EndOfStreamException("The stream ended where a payload was expected.");
        Span<byte> prefix = stackalloc byte[PayloadWriter.PrefixLength];
        result.Buffer.Slice(0, PayloadWriter.PrefixLength).CopyTo(prefix);
        var head = PayloadHead.Read(prefix);
        input.AdvanceTo(result.Buffer.GetPosition(PayloadWriter.PrefixLength));
        return head;
    }

    private static (TValue Value, RawBuffers Buffers) Convert<TValue, TConversion>(ReadOnlySpan<byte> json, long[] lengths, TConversion conversion)
        where TConversion : struct, IConversion<TValue>
    {
        var buffers = RawBuffers.Expect(lengths);
        var outer = RawBuffers.Swap(buffers);
        try
        {
            return (conversion.Convert(json), buffers);
        }
        catch
        {
            buffers.GiveBack();
            throw;
        }
        finally
        {
            RawBuffers.Swap(outer);
        }
    }

    private interface IConversion<out TValue>
    {
        TValue Convert(ReadOnlySpan<byte> json);
    }

    private readonly struct ValueConversion<T> : IConversion<T?>
    {
        public T? Convert(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, PayloadType<T>.Info);
    }

    private readonly struct ArgumentsConversion(JsonTypeInfo?[] types, object?[] arguments) : IConversion<IReadOnlyList<TensorBuffer>>
    {
        public IReadOnlyList<TensorBuffer> Convert(ReadOnlySpan<byte> json)
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("The arguments are not a list.");
            var count = 0;
            for (var i = 0; i < types.Length; i++)
            {
                if (types[i] is not { } type)
                    continue;
                reader.Read();
                if (reader.TokenType == JsonTokenType.EndArray)
                    throw new JsonException($"{count} arguments were sent, {types.Count(one => one is not null)} are needed.");
                arguments[i] = JsonSerializer.Deserialize(ref reader, type);
                count++;
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.EndArray)
                throw new JsonException($"More than {count} arguments were sent.");
            // Throws where anything but blanks follows.
            reader.Read();
            return RawBuffers.Current.Tensors;
        }
    }
}
