using System.IO.Pipelines;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The items that a replica in another process streams.</summary>
/// <param name="deployment">The called deployment.</param>
/// <param name="input">What the replica sends.</param>
/// <param name="readFailure">Reads the failure that stands there instead of items; null where items do.</param>
/// <param name="cancellationToken">Ends the wait for the next item.</param>
internal sealed class RemoteItems<T>(string deployment, PipeReader input, Func<CancellationToken, Task<Exception>>? readFailure, CancellationToken cancellationToken) : IAsyncEnumerator<T>
{
    private readonly ItemReader<T> _items = new(input);

    public T Current => _items.Current;

    public ValueTask<bool> MoveNextAsync() => readFailure is null && _items.TryMoveNext() ? ValueTask.FromResult(true) : WaitAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<bool> WaitAsync()
    {
        try
        {
            return readFailure is null ? await _items.MoveNextAsync(cancellationToken) : throw await readFailure(cancellationToken);
        }
        catch (IOException exception)
        {
            throw HopReply.ToException(exception, deployment);
        }
    }
}
