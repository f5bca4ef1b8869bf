using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Serve.Wire.Payloads;

/// <summary>
/// Makes values ready to be sent, one behind the other. Layout of each payload, little-endian:
/// <code>u32 length of the JSON | u32 number of buffers | u64 length of each buffer | JSON | buffers</code>
/// Large buffers are not copied but stay the caller's own memory, which must not change until everything was sent. Memory of tensors is held until then.
/// </summary>
internal sealed class PayloadWriter : IDisposable
{
    /// <summary>The bytes before the lengths of the buffers.</summary>
    public const int PrefixLength = 8;

    /// <summary>Buffers up to this size are copied, since one piece is cheaper to send than two.</summary>
    private const int CopiedLength = 64 * 1024;

    /// <summary>Once so much is gathered, nothing more is copied.</summary>
    private const int MaxCopied = 256 * 1024;

    /// <summary>How many are kept beside those of the threads, for those that are given back by another thread than the one that took them.</summary>
    private const int KeptShared = 32;

    private static readonly PayloadWriter?[] Shared = new PayloadWriter?[KeptShared];

    [ThreadStatic]
    private static PayloadWriter? s_free;

    private readonly PooledBytes _bytes = new();
    private readonly Utf8JsonWriter _json;
    private readonly RawBuffers _buffers;
    private readonly List<TensorBuffer> _held = [];
    private readonly List<LargeBuffer> _large = [];
    private long _largeLength;

    private PayloadWriter()
    {
        _json = new Utf8JsonWriter(_bytes, PayloadOptions.Writer);
        _buffers = RawBuffers.ToSend(_held);
    }

    /// <summary>The number of bytes in all.</summary>
    public long Length => _bytes.Length + _largeLength;

    /// <summary>Everything, where it is in one piece.</summary>
    public bool TryGetWhole(out ReadOnlyMemory<byte> bytes)
    {
        bytes = _large.Count == 0 ? _bytes.WrittenMemory : default;
        return _large.Count == 0;
    }

    /// <summary>Takes an empty one; dispose it when everything was sent.</summary>
    public static PayloadWriter Rent()
    {
        if (s_free is { } own)
        {
            s_free = null;
            return own;
        }

        foreach (ref var slot in Shared.AsSpan())
        {
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } free)
                return free;
        }

        return new PayloadWriter();
    }

    /// <summary>Adds a value. The tensors in it are handed over: they are given back when they were sent, or can't be.</summary>
    /// <exception cref="ServeException">It is too large.</exception>
    public void AddValue<T>(T value)
    {
        var start = Begin();
        _buffers.TakesOver = true;
        var outer = RawBuffers.Swap(_buffers);
        var isWhole = false;
        try
        {
            JsonSerializer.Serialize(_json, value, PayloadType<T>.Info);
            _json.Flush();
            End(start);
            isWhole = true;
        }
        finally
        {
            Leave(outer, isWhole ? _bytes.Length : start);
        }
    }

    /// <summary>Adds the arguments of a call as one payload. The tensors in them stay the caller's, and are held until they were sent.</summary>
    /// <param name="arguments">All arguments.</param>
    /// <param name="types">How each is written; null where it does not travel in the payload.</param>
    /// <exception cref="ServeException">They are too large.</exception>
    public void AddArguments(object?[] arguments, JsonTypeInfo?[] types)
    {
        var start = Begin();
        _buffers.TakesOver = false;
        var outer = RawBuffers.Swap(_buffers);
        var isWhole = false;
        try
        {
            _json.WriteStartArray();
            for (var i = 0; i < types.Length; i++)
            {
                if (types[i] is { } type)
                    JsonSerializer.Serialize(_json, arguments[i], type);
            }

            _json.WriteEndArray();
            _json.Flush();
            End(start);
            isWhole = true;
        }
        finally
        {
            Leave(outer, isWhole ? _bytes.Length : start);
        }
    }

    /// <summary>Adds an item of a stream: its kind and its value, or nothing where it can't be written.</summary>
    /// <exception cref="ServeException">It is too large.</exception>
    public void AddItem<T>(T value)
    {
        var start = _bytes.Length;
        AddByte((byte)StreamItem.Item);
        try
        {
            AddValue(value);
        }
        catch
        {
            _bytes.CutTo(start);
            throw;
        }
    }

    public void AddByte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    /// <summary>Adds bytes behind their length (u32).</summary>
    public void AddBlock(ReadOnlySpan<byte> block)
    {
        var span = _bytes.GetSpan(4 + block.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)block.Length);
        block.CopyTo(span[4..]);
        _bytes.Advance(4 + block.Length);
    }

    /// <summary>The pieces in their order; begin with a cursor of 0.</summary>
    public bool TryGetNext(ref int cursor, out ReadOnlyMemory<byte> piece)
    {
        // Even numbers are what stands before a large buffer, odd ones are large buffers.
        while (cursor <= 2 * _large.Count)
        {
            var index = cursor / 2;
            if (cursor++ % 2 == 1)
            {
                piece = _large[index].Memory;
                return true;
            }

            var from = index == 0 ? 0 : _large[index - 1].Position;
            var to = index == _large.Count ? _bytes.Length : _large[index].Position;
            piece = _bytes.WrittenMemory[from..to];
            if (!piece.IsEmpty)
                return true;
        }

        piece = default;
        return false;
    }

    /// <summary>Forgets what was sent.</summary>
    public void Clear()
    {
        _bytes.Clear();
        _large.Clear();
        _largeLength = 0;
        foreach (var tensor in _held)
            tensor.Dispose();
        _held.Clear();
    }

    /// <summary>Gives it to the next one who needs one.</summary>
    public void Dispose()
    {
        Clear();
        if (s_free is null)
        {
            s_free = this;
            return;
        }

        foreach (ref var slot in Shared.AsSpan())
        {
            if (slot is null && Interlocked.CompareExchange(ref slot, this, null) is null)
                return;
        }

        _bytes.Release();
    }

    private int Begin()
    {
        var start = _bytes.Length;
        _bytes.GetSpan(PrefixLength);
        _bytes.Advance(PrefixLength);
        return start;
    }

    private void End(int start)
    {
        var jsonLength = _bytes.Length - start - PrefixLength;
        PayloadOptions.CheckJsonLength(jsonLength);
        var prefix = _bytes.WrittenSpan[start..];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, (uint)jsonLength);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix[4..], (uint)_buffers.Count);
        if (_buffers.Count == 0)
            return;
        CheckLength(jsonLength);
        var lengths = _bytes.Insert(start + PrefixLength, 8 * _buffers.Count);
        for (var i = 0; i < _buffers.Count; i++)
            BinaryPrimitives.WriteInt64LittleEndian(lengths[(8 * i)..], _buffers[i].Length);
        for (var i = 0; i < _buffers.Count; i++)
            AddBuffer(_buffers[i]);
    }

    private void CheckLength(long length)
    {
        length += PrefixLength + 8 * _buffers.Count;
        for (var i = 0; i < _buffers.Count; i++)
            length += _buffers[i].Length;
        if (length > PayloadOptions.MaxLength)
            throw new ServeException(ServeError.TooLarge, $"A call's data is {length} bytes, over the bound of {PayloadOptions.MaxLength}.");
    }

    private void AddBuffer(Memory<byte> buffer)
    {
        if (buffer.Length <= CopiedLength && _bytes.Length < MaxCopied)
        {
            buffer.Span.CopyTo(_bytes.GetSpan(buffer.Length));
            _bytes.Advance(buffer.Length);
            return;
        }

        _large.Add(new LargeBuffer(_bytes.Length, buffer));
        _largeLength += buffer.Length;
    }

    /// <summary>Ends a conversion; what one that failed has written goes.</summary>
    private void Leave(RawBuffers? outer, int length)
    {
        RawBuffers.Swap(outer);
        _buffers.Clear();
        _bytes.CutTo(length);
        while (_large.Count > 0 && _large[^1].Position > length)
        {
            _largeLength -= _large[^1].Memory.Length;
            _large.RemoveAt(_large.Count - 1);
        }

        _json.Reset();
    }

    private readonly record struct LargeBuffer(int Position, Memory<byte> Memory);
}
