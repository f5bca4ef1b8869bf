namespace Serve.Onnx.Engine;

/// <summary>Keeps a native resource until its owner has let go and the last use of it is over, whichever comes later.</summary>
internal sealed class ModelLease(IDisposable resource, string name)
{
    private int _holders = 1; // the owner
    private bool _abandoned;

    /// <summary>Begins a use; <see cref="Release"/> ends it.</summary>
    /// <exception cref="ObjectDisposedException">The owner has let go.</exception>
    public void Acquire()
    {
        if (!TryAcquire())
            throw Gone();
    }

    /// <summary>Begins a use, unless the owner has let go.</summary>
    public bool TryAcquire()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0 && !Volatile.Read(ref _abandoned))
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return true;
            holders = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            resource.Dispose();
    }

    /// <summary>The owner lets go, once however often it says so.</summary>
    public void Abandon()
    {
        if (!Interlocked.Exchange(ref _abandoned, true))
            Release();
    }

    private ObjectDisposedException Gone() => new(name);
}
