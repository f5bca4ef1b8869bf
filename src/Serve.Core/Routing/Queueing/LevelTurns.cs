using System.Numerics;

namespace Serve.Routing.Queueing;

/// <summary>
/// Shares turns between levels of urgency by weight (stride scheduling: Waldspurger and Weihl, 1995): each level gets twice the share of the next, while both have somebody waiting.
/// Level 0 is the most urgent. Not safe for threads.
/// </summary>
/// <param name="levels">How many levels there are; 31 at most, since the levels that wait are bits.</param>
internal sealed class LevelTurns(int levels)
{
    private readonly long[] _passes = new long[levels];
    private long _passed;
    private uint _before;

    /// <summary>The level whose turn it is: of those that wait the one that has had the least of its share. Asking changes nothing.</summary>
    /// <param name="waiting">The levels that wait, bit by bit; at least one.</param>
    public int Next(uint waiting)
    {
        var level = -1;
        var least = long.MaxValue;
        for (var left = waiting; left != 0; left &= left - 1)
        {
            var i = BitOperations.TrailingZeroCount(left);
            if (PassOf(i) < least)
                (least, level) = (PassOf(i), i);
        }

        return level;
    }

    /// <summary>A level has had a turn.</summary>
    /// <param name="level">The level.</param>
    /// <param name="waiting">The levels that waited then, itself among them.</param>
    public void Serve(int level, uint waiting)
    {
        for (var left = waiting; left != 0; left &= left - 1)
        {
            var i = BitOperations.TrailingZeroCount(left);
            _passes[i] = PassOf(i);
        }

        _passed = _passes[level];
        _passes[level] += 1L << level;
        _before = waiting;
    }

    /// <summary>A level that had nobody waiting saved up no share: it begins a stride behind what was served last, as everybody who joins.</summary>
    private long PassOf(int level) => (_before & (1u << level)) != 0 ? _passes[level] : Math.Max(_passes[level], _passed + (1L << level));
}
