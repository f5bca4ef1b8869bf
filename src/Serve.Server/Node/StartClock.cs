using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>Takes the times of a replica's start, phase by phase. Told by one thread at a time.</summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="onOver">Told of each phase that is over.</param>
internal sealed class StartClock(TimeProvider timeProvider, Action<PhaseTime> onOver)
{
    private volatile IReadOnlyList<PhaseTime> _times = [];
    private long _begin;
    private StartPhase _phase;

    /// <summary>The phases that are over, in order.</summary>
    public IReadOnlyList<PhaseTime> Times => _times;

    /// <summary>The process is being started.</summary>
    public void Begin() => (_begin, _phase) = (timeProvider.GetTimestamp(), StartPhase.Process);

    /// <summary>The next phase begins.</summary>
    public void Enter(StartPhase phase)
    {
        if (phase == _phase)
            return;
        var (now, before) = (timeProvider.GetTimestamp(), _phase);
        var seconds = timeProvider.GetElapsedTime(_begin, now).TotalSeconds;
        (_begin, _phase) = (now, phase);
        Add(before, seconds);
    }

    /// <summary>A phase is over of which somebody else knows how long it took.</summary>
    public void Add(StartPhase phase, double seconds)
    {
        var time = new PhaseTime(phase, seconds);
        _times = [.. _times, time];
        onOver(time);
    }
}
