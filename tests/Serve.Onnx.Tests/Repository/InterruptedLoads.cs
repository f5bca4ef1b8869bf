namespace Serve.Onnx.Tests.Repository;

/// <summary>A clock that lets something happen when a second version begins to load: when a load looks at the time for the third time.</summary>
internal sealed class InterruptedLoads(Action interruption) : TimeProvider
{
    private int _looks;

    public override long GetTimestamp()
    {
        if (Interlocked.Increment(ref _looks) == 3)
            interruption();
        return base.GetTimestamp();
    }
}
