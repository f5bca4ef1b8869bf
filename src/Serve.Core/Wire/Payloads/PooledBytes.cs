using System.Buffers;

namespace Serve.Wire.Payloads;

/// <summary>A growing buffer from the shared pool for the bytes of payloads.</summary>
internal sealed class PooledBytes : IBufferWriter<byte>
{
    private const int FirstSize = 4096;

    /// <summary>A buffer that has grown beyond this is not kept for the next user.</summary>
    private const int KeptSize = 256 * 1024;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public Span<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>Makes room in the middle: what stood there moves on.</summary>
    public Span<byte> Insert(int position, int count)
    {
        Reserve(count);
        _bytes.AsSpan(position, Length - position).CopyTo(_bytes.AsSpan(position + count));
        Length += count;
        return _bytes.AsSpan(position, count);
    }

    /// <summary>Forgets what was written behind this length.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Forgets everything, and gives memory back that is worth it.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptSize)
            Release();
    }

    /// <summary>Forgets everything and gives all memory back.</summary>
    public void Release()
    {
        var bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Reserve(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_bytes.Length - Length >= needed)
            return;
        // Here rather than at the end, so that a sequence without end fails before it has taken all memory.
        PayloadOptions.CheckJsonLength(Length);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, Math.Max(_bytes.Length * 2, Length + needed)));
        WrittenSpan.CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
