namespace Serve.Onnx.Tests.Running;

/// <summary>A clock whose timers can be held up: what a test wants to happen happens once a timer's callback looks at the time.</summary>
internal sealed class InterruptedTimers(TimeProvider clock) : TimeProvider
{
    [ThreadStatic]
    private static bool isInTimer;
    private Action? _interruption;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public void InterruptNext(Action interruption) => _interruption = interruption;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp()
    {
        if (isInTimer)
            Interlocked.Exchange(ref _interruption, null)?.Invoke();
        return clock.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(
        state =>
        {
            isInTimer = true;
            callback(state);
            isInTimer = false;
        },
        state,
        dueTime,
        period);
}
