namespace Serve.Multiplexing;

/// <summary>How many models, and how many bytes of them, there may be at once, and how many there are.</summary>
internal sealed class ModelRoom(int maxModels, long maxBytes)
{
    private int _models;
    private long _bytes;
    private int _leavingModels;
    private long _leavingBytes;

    public bool Fits(long size) => _models < maxModels && size <= maxBytes - _bytes;

    /// <summary>Whether it fits once all that leaves is gone.</summary>
    public bool WillFit(long size) => _models - _leavingModels < maxModels && size <= maxBytes - (_bytes - _leavingBytes);

    public void Take(long size)
    {
        _models++;
        _bytes += size;
    }

    /// <summary>What takes this room is about to go.</summary>
    public void Leave(long size)
    {
        _leavingModels++;
        _leavingBytes += size;
    }

    public void Free(long size, bool wasLeaving)
    {
        _models--;
        _bytes -= size;
        if (!wasLeaving)
            return;
        _leavingModels--;
        _leavingBytes -= size;
    }
}
