using System.Buffers;

namespace Serve.Tensors;

/// <summary>
/// Memory outside of the collected heap that several tensors may look into; it goes back when the last of them is done with it. There is no finalizer: it could take the memory
/// from under a span whose tensor nobody mentions any more. What is forgotten stays rented, and <see cref="NativeMemoryPool.RentedBytes"/> shows it.
/// </summary>
internal sealed unsafe class TensorMemory : MemoryManager<byte>
{
    private readonly byte* _pointer;
    private readonly int _length;
    private readonly NativeMemoryPool? _pool;
    private readonly IDisposable? _owner;
    private int _holders = 1;

    /// <param name="pool">Where the memory comes from.</param>
    /// <param name="pointer">Its beginning.</param>
    /// <param name="length">The bytes in use.</param>
    public TensorMemory(NativeMemoryPool pool, nint pointer, int length)
    {
        _pool = pool;
        _pointer = (byte*)pointer;
        _length = length;
    }

    /// <param name="owner">Whose memory it is: disposed when nobody looks into it any more.</param>
    /// <param name="pointer">Its beginning.</param>
    /// <param name="length">The bytes in use.</param>
    public TensorMemory(IDisposable owner, nint pointer, int length)
    {
        _owner = owner;
        _pointer = (byte*)pointer;
        _length = length;
    }

    public override Span<byte> GetSpan() => new(_pointer, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_pointer + elementIndex);

    public override void Unpin()
    {
    }

    /// <summary>One more looks into it.</summary>
    /// <exception cref="ObjectDisposedException">The last one has left already, perhaps in this moment.</exception>
    public void Acquire()
    {
        var holders = Volatile.Read(ref _holders);
        while (true)
        {
            ObjectDisposedException.ThrowIf(holders == 0, typeof(TensorBuffer));
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return;
            holders = seen;
        }
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            Dispose(disposing: true);
    }

    protected override void Dispose(bool disposing)
    {
        _owner?.Dispose();
        _pool?.Return((nint)_pointer, _length);
    }
}
