using System.Numerics;

namespace Serve.Routing.Queueing;

/// <summary>
/// How long answers took lately, with and without the wait for a slot: histograms whose classes grow with the value, eight to each doubling, over the
/// last one to two windows. Adding takes no lock.
/// </summary>
/// <param name="window">The ticks of a window.</param>
internal sealed class AnswerTimes(long window)
{
    private const int PerDoubling = 8;
    private const int Classes = 64 * PerDoubling;

    /// <summary>So few answers say nothing.</summary>
    private const long Enough = 20;

    private readonly Lock _lock = new();
    private Window _now = new();
    private Window _before = new();
    private long _until;

    /// <summary>Notes an answer.</summary>
    /// <param name="ticks">How long the replica took.</param>
    /// <param name="waited">How long the request had waited for its slot.</param>
    /// <param name="now">The clock.</param>
    public void Add(long ticks, long waited, long now)
    {
        if (now >= Volatile.Read(ref _until))
            Turn(now);
        var current = Volatile.Read(ref _now);
        var index = ClassOf(Math.Max(0, ticks));
        if (waited <= 0)
        {
            Interlocked.Increment(ref current.AtOnce[index]);
            return;
        }

        var late = current.Late;
        Interlocked.Increment(ref late.Served[index]);
        Interlocked.Increment(ref late.Whole[ClassOf(Math.Max(0, ticks) + waited)]);
    }

    /// <summary>The time within which a share of the answers came, rounded down by at most an eighth; null where too few came lately.</summary>
    public long? Quantile(double share, long now) => Quantile(share, now, isWhole: false, out _);

    /// <summary>The same with the time for which the requests had waited.</summary>
    public long? QuantileWithWait(double share, long now, out long answers) => Quantile(share, now, isWhole: true, out answers);

    private long? Quantile(double share, long now, bool isWhole, out long all)
    {
        if (now >= Volatile.Read(ref _until))
            Turn(now);
        var (current, before) = (Volatile.Read(ref _now), Volatile.Read(ref _before));
        Span<long> counts = stackalloc long[Classes];
        current.AddTo(counts, isWhole);
        before.AddTo(counts, isWhole);
        all = 0;
        foreach (var count in counts)
            all += count;
        if (all < Enough)
            return null;
        var left = (long)Math.Ceiling(share * all);
        for (var i = 0; i < Classes; i++)
        {
            left -= counts[i];
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
            Volatile.Write(ref _before, now - _until < window ? _now : new Window());
            Volatile.Write(ref _now, new Window());
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

    private sealed class Window
    {
        private LateAnswers? _late;

        /// <summary>The answers to requests that got a slot at once.</summary>
        public long[] AtOnce { get; } = new long[Classes];

        /// <summary>Those to requests that waited.</summary>
        public LateAnswers Late => _late ?? Interlocked.CompareExchange(ref _late, new LateAnswers(), comparand: null) ?? _late;

        public void AddTo(Span<long> counts, bool isWhole)
        {
            var late = Volatile.Read(ref _late);
            var second = isWhole ? late?.Whole : late?.Served;
            for (var i = 0; i < counts.Length; i++)
                counts[i] += Volatile.Read(ref AtOnce[i]) + (second is null ? 0 : Volatile.Read(ref second[i]));
        }
    }

    private sealed class LateAnswers
    {
        public long[] Served { get; } = new long[Classes];

        /// <summary>With the wait.</summary>
        public long[] Whole { get; } = new long[Classes];
    }
}
