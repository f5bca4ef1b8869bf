using System.Numerics;

namespace Load;

/// <summary>Counts durations in buckets that are 1 % wide, from a microsecond to a few hours. Not for more than one thread at a time.</summary>
internal sealed class LatencyHistogram
{
    private const int PartBits = 7;
    private const int Parts = 1 << PartBits;

    private readonly long[] _counts = new long[Parts * (64 - PartBits)];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan duration)
    {
        _counts[IndexOf(Math.Max(0, duration.Ticks))]++;
        Count++;
        if (duration > Max)
            Max = duration;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        if (other.Max > Max)
            Max = other.Max;
    }

    /// <summary>The duration in milliseconds below which a part of all are; 0 where there are none.</summary>
    public double Milliseconds(double part)
    {
        var left = (long)Math.Ceiling(part * Count);
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            if ((left -= _counts[i]) <= 0)
                return Math.Round(TimeSpan.FromTicks(Math.Min(ValueOf(i), Max.Ticks)).TotalMilliseconds, 4);
        }

        return 0;
    }

    /// <summary>Ticks up to 255 have buckets of their own; beyond, each power of two has as many buckets.</summary>
    private static int IndexOf(long ticks)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)ticks) - PartBits);
        return (shift * Parts) + (int)(ticks >> shift);
    }

    private static long ValueOf(int index)
    {
        var shift = Math.Max(0, (index / Parts) - 1);
        return (long)(index - (shift * Parts)) << shift;
    }
}
