using System.Numerics;

namespace Serve.Routing.Queueing;

/// <summary>
/// How long answers took lately: a histogram whose classes grow with the value, eight to each doubling, over the last one to two windows.
/// Adding takes no lock.
/// </summary>
/// <param name="window">The ticks of a window.</param>
internal sealed class AnswerTimes(long window)
{
    private const int PerDoubling = 8;
    private const int Classes = 64 * PerDoubling;

    /// <summary>So few answers say nothing.</summary>
    private const long Enough = 20;

    private readonly Lock _lock = new();
    private long[] _counts = new long[Classes];
    private long[] _countsBefore = new long[Classes];
    private long _until;

    public void Add(long ticks, long now)
    {
        if (now >= Volatile.Read(ref _until))
            Turn(now);
        Interlocked.Increment(ref Volatile.Read(ref _counts)[ClassOf(Math.Max(0, ticks))]);
    }

    /// <summary>The time within which a share of the answers came, rounded down by at most an eighth; null where too few came lately.</summary>
    public long? Quantile(double share, long now)
    {
        if (now >= Volatile.Read(ref _until))
            Turn(now);
        var (counts, before) = (Volatile.Read(ref _counts), Volatile.Read(ref _countsBefore));
        var all = counts.Sum() + before.Sum();
        if (all < Enough)
            return null;
        var left = (long)Math.Ceiling(share * all);
        for (var i = 0; i < Classes; i++)
        {
            left -= counts[i] + before[i];
            if (left <= 0)
                return LowestOf(i);
        }

        return null;
    }

    private void Turn(long now)
    {
        lock (_lock)
        {
            if (now < _until)
                return;
            Volatile.Write(ref _countsBefore, now - _until < window ? _counts : new long[Classes]);
            Volatile.Write(ref _counts, new long[Classes]);
            Volatile.Write(ref _until, now + window);
        }
    }

    private static int ClassOf(long ticks)
    {
        if (ticks < PerDoubling)
            return (int)ticks;
        var doublings = BitOperations.Log2((ulong)ticks) - 3;
        return (doublings + 1) * PerDoubling + (int)(ticks >> doublings) - PerDoubling;
    }

    private static long LowestOf(int index)
    {
        if (index < PerDoubling)
            return index;
        var doublings = index / PerDoubling - 1;
        return (long)(index % PerDoubling + PerDoubling) << doublings;
    }
}
