using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Serve.Wire.Payloads;

/// <summary>Reads what <see cref="Payload"/> writes. Arrays are received straight into the memory that the user's objects keep.</summary>
internal static class PayloadReader
{
    public static ValueTask<T?> ReadValueAsync<T>(Stream stream, CancellationToken cancellationToken) =>
        ReadAsync(stream, state: false, static (json, _) => JsonSerializer.Deserialize<T>(json.Span, PayloadOptions.Json), cancellationToken);

    /// <exception cref="InvalidDataException">The payload is malformed.</exception>
    /// <exception cref="JsonException">An argument can't be converted, or their number is wrong.</exception>
    public static ValueTask<object?[]> ReadArgumentsAsync(Stream stream, IReadOnlyList<Type> types, CancellationToken cancellationToken) =>
        ReadAsync(stream, types, ConvertArguments, cancellationToken);

    private static object?[] ConvertArguments(ReadOnlyMemory<byte> json, IReadOnlyList<Type> types)
    {
        var reader = new Utf8JsonReader(json.Span);
        var arguments = new object?[types.Count];
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("The arguments are not a list.");
        for (var i = 0; i < arguments.Length; i++)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
                throw new JsonException($"{i} arguments were sent, {arguments.Length} are needed.");
            arguments[i] = JsonSerializer.Deserialize(ref reader, types[i], PayloadOptions.Json);
        }

        reader.Read();
        if (reader.TokenType != JsonTokenType.EndArray)
            throw new JsonException($"More than {arguments.Length} arguments were sent.");
        // Throws where anything but blanks follows.
        reader.Read();
        return arguments;
    }

    private static async ValueTask<T> ReadAsync<T, TState>(
        Stream stream, TState state, Func<ReadOnlyMemory<byte>, TState, T> convert, CancellationToken cancellationToken)
    {
        var (jsonLength, lengths) = await ReadHeaderAsync(stream, cancellationToken);
        var json = ArrayPool<byte>.Shared.Rent(jsonLength);
        try
        {
            await stream.ReadExactlyAsync(json.AsMemory(0, jsonLength), cancellationToken);
            T value = default!;
            var buffers = RawBuffers.Expect(lengths, (convert, state), all => value = all.convert(json.AsMemory(0, jsonLength), all.state));
            for (var i = 0; i < lengths.Length; i++)
            {
                if (buffers.Buffers[i].IsEmpty)
                    await SkipAsync(stream, lengths[i], cancellationToken);
                else
                    await stream.ReadExactlyAsync(buffers.Buffers[i], cancellationToken);
            }

            return value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }
    }

    private static async ValueTask<(int JsonLength, long[] Lengths)> ReadHeaderAsync(Stream stream, CancellationToken cancellationToken)
    {
        var prefix = ArrayPool<byte>.Shared.Rent(Payload.PrefixLength);
        try
        {
            await stream.ReadExactlyAsync(prefix.AsMemory(0, Payload.PrefixLength), cancellationToken);
            var jsonLength = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
            var count = BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(4));
            if (jsonLength > PayloadOptions.MaxJsonLength || count > RawBuffers.MaxCount)
                throw new InvalidDataException($"A payload of {jsonLength} bytes of JSON and {count} buffers is over the bounds of {PayloadOptions.MaxJsonLength} and {RawBuffers.MaxCount}.");
            return ((int)jsonLength, count == 0 ? [] : await ReadLengthsAsync(stream, (int)count, cancellationToken));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(prefix);
        }
    }

    private static async ValueTask<long[]> ReadLengthsAsync(Stream stream, int count, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(8 * count);
        try
        {
            await stream.ReadExactlyAsync(bytes.AsMemory(0, 8 * count), cancellationToken);
            return ReadLengths(bytes, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static long[] ReadLengths(ReadOnlySpan<byte> source, int count)
    {
        var lengths = new long[count];
        var total = 0L;
        for (var i = 0; i < count; i++)
        {
            lengths[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(8 * i)..]);
            if (lengths[i] is < 0 or > PayloadOptions.MaxBufferLength || (total += lengths[i]) > PayloadOptions.MaxLength)
                throw new InvalidDataException($"Buffer {i} of {lengths[i]} bytes is over the bound of {PayloadOptions.MaxBufferLength}, or takes the payload over that of {PayloadOptions.MaxLength}.");
        }

        return lengths;
    }

    private static async ValueTask SkipAsync(Stream stream, long length, CancellationToken cancellationToken)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (length > 0)
            {
                var chunk = (int)Math.Min(length, scratch.Length);
                await stream.ReadExactlyAsync(scratch.AsMemory(0, chunk), cancellationToken);
                length -= chunk;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
