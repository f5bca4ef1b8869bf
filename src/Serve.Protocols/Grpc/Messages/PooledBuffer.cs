using System.Buffers;

namespace Serve.Grpc;

/// <summary>Bytes of a message that lie nowhere else as a whole, in an array that goes back to its pool. Grows with what is there, not with what was announced.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 4096;

    private byte[] _array = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    public ReadOnlySequence<byte> Sequence => new(_array, 0, Length);

    public Stream OpenRead() => new MemoryStream(_array, 0, Length, writable: false);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Length);
    }

    public void Dispose()
    {
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = [];
        Length = 0;
    }

    private void Reserve(int sizeHint)
    {
        var wanted = (long)Length + Math.Max(sizeHint, 1);
        if (wanted <= _array.Length)
            return;
        var size = (int)Math.Min(Math.Max(Math.Max(FirstSize, 2L * _array.Length), wanted), Math.Max(wanted, Array.MaxLength));
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _array.AsSpan(0, Length).CopyTo(larger);
        if (_array.Length > 0)
            ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
