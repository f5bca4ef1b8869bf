using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Serve.Discovery;

namespace Serve.Handles;

/// <summary>
/// The stream that a call returns. The call is under way from the beginning; its items come once. A stream that nobody reads is ended with the time of
/// its call, or when it is collected.
/// </summary>
internal sealed class CallStream<T> : IAsyncEnumerable<T>, IAsyncEnumerator<T>
{
    private readonly OutgoingCall _call;
    private readonly Task<Source> _sending;
    private CancellationTokenRegistration _registration;
    private Source? _source;
    private int _isTaken;

    private CallStream(OutgoingCall call)
    {
        _call = call;
        _sending = SendAsync(call);
    }

    [SuppressMessage("Design", "MA0055", Justification = "A stream that nobody reads has nobody who would dispose it, and holds a slot.")]
    ~CallStream()
    {
        var (call, sending) = (_call, _sending);
        _ = Task.Run(() => EndAsync(call, sending));
    }

    public T Current => _source!.Items.Current;

    public static CallStream<T> Start(HandleInvoker invoker, MethodShape method, object?[] arguments) =>
        new(new OutgoingCall(invoker, method, arguments, invoker.Options.Timeout, new CancellationTokenSource()));

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            throw CallStreams.ReadTwice();
        Keep();
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static call => ((OutgoingCall)call!).Stop(), _call);
        return this;
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (_source is not { } source)
            return BeginAsync();
        var next = source.Items.MoveNextAsync();
        return next.IsCompletedSuccessfully ? next : TranslateAsync(next);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _registration.DisposeAsync();
        await EndAsync(_call, _sending);
    }

    private static async Task<Source> SendAsync(OutgoingCall call)
    {
        var reply = await call.SendAsync();
        return new Source(reply, reply.ReadItems<T>(call.Token));
    }

    /// <summary>Static, so that a stream under way does not keep itself from being collected.</summary>
    private static async Task EndAsync(OutgoingCall call, Task<Source> sending)
    {
        if (!sending.IsCompletedSuccessfully || !sending.Result.IsAtEnd)
            call.Stop();
        try
        {
            var source = await sending;
            await source.Items.DisposeAsync();
            await source.Reply.DisposeAsync();
        }
        catch (Exception exception) when (sending.IsFaulted || sending.IsCanceled)
        {
            // Its reader was told, or there is none.
            _ = exception;
        }
        finally
        {
            call.Dispose();
        }
    }

    /// <summary>It has a reader now, who disposes it.</summary>
    [SuppressMessage("Usage", "CA1816", Justification = "The finalizer is for streams without a reader only.")]
    private void Keep() => GC.SuppressFinalize(this);

    private async ValueTask<bool> BeginAsync() => await TranslateAsync(FirstAsync());

    private async ValueTask<bool> FirstAsync() => await (_source = await _sending).Items.MoveNextAsync();

    private async ValueTask<bool> TranslateAsync(ValueTask<bool> next)
    {
        try
        {
            var isThere = await next;
            _source!.IsAtEnd = !isThere;
            return isThere;
        }
        catch (Exception exception) when (_call.Translate(exception) is { } other)
        {
            ExceptionDispatchInfo.Throw(other);
            throw;
        }
    }

    private sealed class Source(CallReply reply, IAsyncEnumerator<T> items)
    {
        public CallReply Reply { get; } = reply;

        public IAsyncEnumerator<T> Items { get; } = items;

        public bool IsAtEnd { get; set; }
    }
}
