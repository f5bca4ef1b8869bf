using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Serve.Wire.Payloads;

/// <summary>
/// One value or list of arguments, ready to be sent. Layout, little-endian:
/// <code>u32 length of the JSON | u32 number of buffers | u64 length of each buffer | JSON | buffers</code>
/// The buffers are the caller's own memory: it must not change until the payload was sent.
/// </summary>
internal sealed class Payload : IDisposable
{
    /// <summary>The bytes before the lengths of the buffers.</summary>
    public const int PrefixLength = 8;

    private readonly PooledBytes _json;
    private readonly byte[] _header;

    private Payload(PooledBytes json, RawBuffers buffers)
    {
        PayloadOptions.CheckJsonLength(json.Length);
        _json = json;
        Buffers = buffers.Buffers;
        _header = new byte[PrefixLength + 8 * Buffers.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(_header, (uint)json.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(4), (uint)Buffers.Count);
        Length = _header.Length + json.Length;
        for (var i = 0; i < Buffers.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_header.AsSpan(PrefixLength + 8 * i), Buffers[i].Length);
            Length += Buffers[i].Length;
        }

        if (Length > PayloadOptions.MaxLength)
            throw new ServeException(ServeError.TooLarge, $"A call's data is {Length} bytes, over the bound of {PayloadOptions.MaxLength}.");
    }

    public IReadOnlyList<Memory<byte>> Buffers { get; }

    /// <summary>The number of bytes that <see cref="WriteToAsync"/> writes.</summary>
    public long Length { get; }

    public static Payload OfValue(object? value, Type type) => Create((value, type), static (writer, state) =>
        JsonSerializer.Serialize(writer, state.value, state.type, PayloadOptions.Json));

    public static Payload OfArguments(ReadOnlyMemory<object?> arguments, IReadOnlyList<Type> types) => Create((arguments, types), static (writer, state) =>
    {
        writer.WriteStartArray();
        for (var i = 0; i < state.types.Count; i++)
            JsonSerializer.Serialize(writer, state.arguments.Span[i], state.types[i], PayloadOptions.Json);
        writer.WriteEndArray();
    });

    /// <summary>Writes it all. What is not a buffer leaves in one write.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="kind">The byte before it, where it is an item of a stream.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async ValueTask WriteToAsync(Stream stream, StreamItem? kind, CancellationToken cancellationToken)
    {
        var start = kind is null ? 0 : 1;
        var head = start + _header.Length + _json.Length;
        var pooled = ArrayPool<byte>.Shared.Rent(head);
        try
        {
            pooled[0] = (byte)kind.GetValueOrDefault();
            _header.CopyTo(pooled, start);
            _json.WrittenSpan.CopyTo(pooled.AsSpan(start + _header.Length));
            await stream.WriteAsync(pooled.AsMemory(0, head), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pooled);
        }

        foreach (var buffer in Buffers)
            await stream.WriteAsync(buffer, cancellationToken);
    }

    public void Dispose() => _json.Dispose();

    private static Payload Create<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var json = new PooledBytes();
        try
        {
            using var writer = new Utf8JsonWriter(json, PayloadOptions.Writer);
            var buffers = RawBuffers.Collect((writer, state, write), static all => all.write(all.writer, all.state));
            writer.Flush();
            return new Payload(json, buffers);
        }
        catch
        {
            json.Dispose();
            throw;
        }
    }
}
