namespace Serve.Onnx.Tests.Running;

/// <summary>A clock that lets something happen, once, when somebody looks at the time while a condition holds.</summary>
internal sealed class InterruptedClock(TimeProvider clock) : TimeProvider
{
    private Action? _interruption;
    private Func<bool> _condition = static () => false;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public void InterruptOnce(Func<bool> condition, Action interruption) => (_condition, _interruption) = (condition, interruption);

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp()
    {
        if (_condition())
            Interlocked.Exchange(ref _interruption, null)?.Invoke();
        return clock.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
}
