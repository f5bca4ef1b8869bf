using Microsoft.Extensions.Logging;
using Serve.Routing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica;

/// <summary>Takes the calls that come over the hop: admits or refuses them there on the read loop, and has them answered by the thread pool.</summary>
internal sealed partial class CallListener(AdmissionGate gate, CallEndpoint calls, TimeProvider timeProvider, ILogger<CallListener> logger) : IHopHandler, IAsyncDisposable
{
    private readonly AdmissionGate _gate = gate;
    private readonly CallEndpoint _calls = calls;
    private HopListener? _listener;

    public int Load => _gate.Ongoing;

    public void Listen(string socketPath) => _listener = HopListener.Listen(socketPath, this);

    /// <summary>Tells everybody a thing that concerns all requests: see <see cref="HopListener.Notify"/>.</summary>
    public void Notify(byte kind, ReadOnlySpan<byte> blob) => _listener?.Notify(kind, blob);

    public void OnOpen(HopStream stream)
    {
        var admission = stream.Kind == HopKind.Call ? Enter(stream) : Admission.Closed;
        if (admission != Admission.Entered)
        {
            stream.Refuse(admission == Admission.Closed ? HopRefusal.Draining : HopRefusal.Full);
            return;
        }

        if (!stream.IsInlineComplete)
            stream.Accept();
        ThreadPool.UnsafeQueueUserWorkItem(new Work(this, stream, timeProvider.GetTimestamp()), preferLocal: false);
    }

    public ValueTask DisposeAsync() => _listener?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Admission Enter(HopStream stream)
    {
        if (CallHead.ReadEntersAnyway(stream.Head.Span))
            return _gate.TryEnterAnyway() ? Admission.Entered : Admission.Closed;
        return _gate.TryEnter(new Room(stream.Connection));
    }

    [LoggerMessage(EventId = 2203, Level = LogLevel.Error, Message = "A call could not be answered")]
    private partial void LogBroken(Exception exception);

    private sealed record Room(HopConnection Connection) : IRoomListener
    {
        public void OnRoom() => Connection.Notify(HopNoticeKind.Free);
    }

    private sealed class Work(CallListener listener, HopStream stream, long openedAt) : IThreadPoolWorkItem
    {
        private int _hasLeft;

        public void Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
            try
            {
                await listener._calls.RunAsync(stream, openedAt, Leave);
            }
            catch (Exception exception)
            {
                listener.LogBroken(exception);
                stream.Reset(HopResetCode.Failed, "the call could not be answered");
            }

            Leave();
            await stream.DisposeAsync();
        }

        private void Leave()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
                listener._gate.Exit();
        }
    }
}
