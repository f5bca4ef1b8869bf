using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>Takes the times of a replica's start, phase by phase. Told by one thread at a time.</summary>
internal sealed class StartClock(TimeProvider timeProvider)
{
    private long _begin = timeProvider.GetTimestamp();
    private StartPhase _phase = StartPhase.Process;

    /// <summary>The phases that are over, in order.</summary>
    public IReadOnlyList<PhaseTime> Times { get; private set; } = [];

    /// <summary>The next phase begins.</summary>
    /// <returns>How long the one before it took; null where that goes on.</returns>
    public PhaseTime? Enter(StartPhase phase)
    {
        if (phase == _phase)
            return null;
        var now = timeProvider.GetTimestamp();
        var time = new PhaseTime(_phase, timeProvider.GetElapsedTime(_begin, now).TotalSeconds);
        (_begin, _phase) = (now, phase);
        Times = [.. Times, time];
        return time;
    }

    /// <summary>A phase is over of which somebody else knows how long it took.</summary>
    public PhaseTime Add(StartPhase phase, double seconds)
    {
        var time = new PhaseTime(phase, seconds);
        Times = [.. Times, time];
        return time;
    }
}
