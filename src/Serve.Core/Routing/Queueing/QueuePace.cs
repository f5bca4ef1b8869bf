namespace Serve.Routing.Queueing;

/// <summary>How fast a queue moves, measured while someone waits in it. Not safe for threads; the router locks.</summary>
/// <param name="window">The ticks over which it is measured at least; ten times as many at most, until enough were served.</param>
internal sealed class QueuePace(long window)
{
    /// <summary>Fewer make the measurement too uneven to decide by.</summary>
    private const int Enough = 50;

    /// <summary>After how many windows the last measurement says nothing any more.</summary>
    private const int Stale = 100;

    private long? _begin;
    private int _served;
    private double _interval;
    private long _measured;

    /// <summary>Someone got a slot while others wait.</summary>
    public void OnServed(long now)
    {
        if (_begin is not { } begin)
        {
            (_begin, _served) = (now, 0);
            return;
        }

        _served++;
        if (now - begin < window || (_served < Enough && now - begin < 10 * window))
            return;
        var interval = (double)(now - begin) / _served;
        _interval = _interval == 0 || now - _measured > Stale * window ? interval : (_interval + interval) / 2;
        (_begin, _served, _measured) = (now, 0, now);
    }

    /// <summary>Nobody waits any more: what comes now says how fast requests come, not how fast the queue moves.</summary>
    public void OnEmpty() => _begin = null;

    /// <summary>The ticks that a request waits which finds so many before it; 0 where that is not known.</summary>
    public long WaitBehind(int others, long now) => now - _measured > Stale * window ? 0 : (long)(_interval * others);
}
