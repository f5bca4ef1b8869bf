namespace Serve.Simulation.World;

/// <summary>Simulated time: what will happen, in the order in which it will. Things that fall on the same time happen in the order in which they were planned.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long At, long Number)> _events = new();
    private long _number;

    public TimeSpan Now { get; private set; }

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    public void After(TimeSpan delay, Action action) => _events.Enqueue(action, ((Now + delay).Ticks, _number++));

    /// <summary>Lets the next thing happen, if there is one before the end.</summary>
    public bool Step(TimeSpan end)
    {
        if (!_events.TryPeek(out _, out var at) || at.At > end.Ticks)
            return false;
        var action = _events.Dequeue();
        Now = TimeSpan.FromTicks(at.At);
        Steps++;
        action();
        return true;
    }
}
