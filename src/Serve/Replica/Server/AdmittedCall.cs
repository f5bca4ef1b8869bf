using Serve.Routing;
using Serve.Wire.Hop;

namespace Serve.Replica.Server;

/// <summary>A call of a handle that has its slot.</summary>
internal sealed class AdmittedCall(HopStream stream, HopServerSettings settings, StreamCount running) : IThreadPoolWorkItem
{
    private readonly AdmissionGate _gate = settings.Gate;
    private int _hasLeft;

    /// <summary>The server's end of the call's stream.</summary>
    public HopStream Stream { get; } = stream;

    /// <summary>When the call came, on the clock of the settings.</summary>
    public long OpenedAt { get; } = settings.TimeProvider.GetTimestamp();

    /// <summary>Gives the slot back. To be said before the last frame of the answer: the caller's next call must find the slot free. Otherwise it is given back with the stream.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            _gate.Exit();
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            await settings.Calls(this);
        }
        catch (Exception exception)
        {
            settings.Log.LogCallBroken(exception);
            Stream.Reset(HopResetCode.Failed, "the call could not be answered");
        }

        Leave();
        await Stream.DisposeAsync();
        running.Remove();
    }
}
