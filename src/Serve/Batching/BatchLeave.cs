namespace Serve.Batching;

/// <summary>Watches whether the caller of an item leaves: it says so, or its request ends before it has its answer.</summary>
internal readonly struct BatchLeave<TItem> : IDisposable
{
    private readonly CancellationTokenRegistration _caller;
    private readonly CancellationTokenRegistration _request;

    public BatchLeave(BatchItem<TItem> item)
    {
        _caller = Register(item, item.CancellationToken);
        if (item.Caller is { } request && request.Aborted != item.CancellationToken)
            _request = Register(item, request.Aborted);
    }

    /// <summary>Does not wait for a cancellation that goes on: that one may run the very code which disposes.</summary>
    public void Dispose()
    {
        _caller.Unregister();
        _request.Unregister();
    }

    private static CancellationTokenRegistration Register(BatchItem<TItem> item, CancellationToken cancellationToken) => cancellationToken.UnsafeRegister(
        static (state, token) =>
        {
            var item = (BatchItem<TItem>)state!;
            item.Queue.Leave(item);
            item.Cancel(token);
        },
        item);
}
