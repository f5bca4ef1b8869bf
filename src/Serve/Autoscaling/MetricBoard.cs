using System.Collections.Concurrent;
using Serve.Wire.Control;

namespace Serve.Autoscaling;

/// <summary>The last values of what a replica records for scaling policies. To record costs two interlocked writes; who carries values away is told once, until it has.</summary>
internal sealed class MetricBoard(MetricBoardMeter meter)
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Action? _changed;
    private int _isChanged;

    /// <summary>Tells who carries the values away that there are new ones, once until <see cref="Take"/>.</summary>
    public void Subscribe(Action changed)
    {
        _changed = changed;
        if (Volatile.Read(ref _isChanged) == 1)
            changed();
    }

    /// <returns>Whether it was recorded: the value is a number, the name is good, and there are not too many.</returns>
    public bool TryRecord(string name, double value)
    {
        if (!double.IsFinite(value) || name is null || Find(name) is not { } slot)
            return false;
        Volatile.Write(ref slot.Bits, BitConverter.DoubleToInt64Bits(value));
        Interlocked.Exchange(ref slot.IsNew, 1);
        if (Volatile.Read(ref _isChanged) == 0 && Interlocked.Exchange(ref _isChanged, 1) == 0)
            _changed?.Invoke();
        return true;
    }

    /// <summary>Something was not recorded whose name is good.</summary>
    public void CountRefused(double value) => meter.Failed(double.IsFinite(value) ? MetricBoardMeter.TooMany : MetricBoardMeter.NoNumber);

    /// <summary>What is new since the last time.</summary>
    public Dictionary<string, double> Take()
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        Interlocked.Exchange(ref _isChanged, 0);
        foreach (var (name, slot) in _slots)
        {
            if (Interlocked.Exchange(ref slot.IsNew, 0) == 1)
                values[name] = BitConverter.Int64BitsToDouble(Volatile.Read(ref slot.Bits));
        }

        return values;
    }

    private Slot? Find(string name)
    {
        if (_slots.TryGetValue(name, out var known))
            return known;
        if (CustomMetrics.WhatIsWrongWithName(name) is not null)
            return null;
        lock (_lock)
            return _slots.TryGetValue(name, out known) ? known : _slots.Count >= CustomMetrics.MaxCount ? null : _slots[name] = new Slot();
    }

    private sealed class Slot
    {
        public long Bits;
        public int IsNew;
    }
}
