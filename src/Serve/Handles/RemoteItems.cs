using System.IO.Pipelines;
using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Handles;

/// <summary>The items that a replica in another process streams.</summary>
/// <param name="deployment">The called deployment.</param>
/// <param name="input">What the replica sends.</param>
/// <param name="hasFailed">Whether that is a failure instead of items.</param>
/// <param name="cancellationToken">Ends the wait for the next item.</param>
internal sealed class RemoteItems<T>(string deployment, PipeReader input, bool hasFailed, CancellationToken cancellationToken) : IAsyncEnumerator<T>
{
    private readonly ItemReader<T> _items = new(input);

    public T Current => _items.Current;

    public ValueTask<bool> MoveNextAsync() => !hasFailed && _items.TryMoveNext() ? ValueTask.FromResult(true) : WaitAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<bool> WaitAsync()
    {
        try
        {
            return hasFailed ? throw (await CallFailure.ReadAsync(input, cancellationToken)).ToException() : await _items.MoveNextAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw HopReply.ToException(exception, deployment);
        }
    }
}
