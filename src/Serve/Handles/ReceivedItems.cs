using System.IO.Pipelines;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The stream among a call's arguments, as the called method gets it: items from another process, which may be read once.</summary>
internal sealed class ReceivedItems<T>(PipeReader input, CancellationToken call) : IAsyncEnumerable<T>, IAsyncEnumerator<T>
{
    private readonly ItemReader<T> _items = new(input);
    private CancellationTokenSource? _both;
    private CancellationToken _token;
    private int _isTaken;

    public T Current => _items.Current;

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            throw CallStreams.ReadTwice();
        _token = call;
        if (cancellationToken.CanBeCanceled && cancellationToken != call)
            _token = (_both = CancellationTokenSource.CreateLinkedTokenSource(call, cancellationToken)).Token;
        return this;
    }

    public ValueTask<bool> MoveNextAsync() => _items.TryMoveNext() ? ValueTask.FromResult(true) : WaitAsync();

    public ValueTask DisposeAsync()
    {
        _both?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> WaitAsync()
    {
        try
        {
            return await _items.MoveNextAsync(_token);
        }
        catch (IOException exception)
        {
            // The caller has gone, or its own code failed while it produced the items: nobody waits for the call any more.
            throw new OperationCanceledException("The caller ended the call before it had sent all items.", exception, call);
        }
    }
}
