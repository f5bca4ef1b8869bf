using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.ObjectPool;
using Serve.Routing;
using Serve.Wire.Hop;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>Admits what comes over the hop, there on the read loop, or refuses it before more of it is sent; the work is done by the thread pool.</summary>
internal sealed class HopHandler<TContext> : IHopHandler
    where TContext : notnull
{
    /// <summary>How many requests are kept to be used again.</summary>
    private const int KeptRequests = 1024;

    private readonly HopServerSettings _settings;
    private readonly StreamCount _running;
    private readonly ObjectPool<HopRequest<TContext>> _requests;

    public HopHandler(HopServerSettings settings, StreamCount running, IHttpApplication<TContext> application)
    {
        _settings = settings;
        _running = running;
        _requests = new DefaultObjectPool<HopRequest<TContext>>(new RequestPolicy(this, application), KeptRequests);
    }

    public int Load => _settings.Gate.Ongoing;

    public void OnOpen(HopStream stream)
    {
        // Before the gate is asked: what it lets in just before it closes for good is waited for.
        _running.Add();
        var admission = Admit(stream);
        if (admission != Admission.Entered)
        {
            stream.Refuse(admission == Admission.Closed ? HopRefusal.Draining : HopRefusal.Full);
            _running.Remove();
            return;
        }

        if (!stream.IsInlineComplete)
            stream.Accept();
        // Calls are many and small: measured, a queue of this thread's own takes a third more of them than the one that all share.
        ThreadPool.UnsafeQueueUserWorkItem(WorkOf(stream), preferLocal: stream.Kind == HopKind.Call);
    }

    private Admission Admit(HopStream stream)
    {
        if (stream.Kind != HopKind.Call || !CallHead.ReadEntersAnyway(stream.Head.Span))
            return _settings.Gate.TryEnter(stream.Connection);
        return _settings.Gate.TryEnterAnyway() ? Admission.Entered : Admission.Closed;
    }

    private IThreadPoolWorkItem WorkOf(HopStream stream)
    {
        if (stream.Kind == HopKind.Call)
            return new AdmittedCall(stream, _settings, _running);
        var request = _requests.Get();
        request.Take(stream);
        return request;
    }

    private sealed class RequestPolicy(HopHandler<TContext> handler, IHttpApplication<TContext> application) : PooledObjectPolicy<HopRequest<TContext>>
    {
        public override HopRequest<TContext> Create() => new(handler._settings, application, handler._requests, handler._running);

        public override bool Return(HopRequest<TContext> obj) => true;
    }
}
