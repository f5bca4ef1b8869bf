namespace Serve.Routing;

/// <summary>
/// The replicas with room, in no order. Written under the picker's lock, read without: a reader may meet a replica that was taken out a
/// moment ago, which then refuses it.
/// </summary>
internal sealed class RoomSet(int capacity)
{
    private readonly ReplicaEntry[] _entries = new ReplicaEntry[capacity];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public ReplicaEntry this[int index] => Volatile.Read(ref _entries[index]);

    public void Add(ReplicaEntry replica)
    {
        replica.Position = _count;
        Volatile.Write(ref _entries[_count], replica);
        Volatile.Write(ref _count, _count + 1);
    }

    public void Remove(ReplicaEntry replica)
    {
        var last = _entries[_count - 1];
        last.Position = replica.Position;
        Volatile.Write(ref _entries[replica.Position], last);
        replica.Position = -1;
        Volatile.Write(ref _count, _count - 1);
    }
}
