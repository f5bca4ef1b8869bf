using System.Threading.Channels;

namespace Serve.Handles;

/// <summary>
/// The items of a stream between two deployments in the same process. As between processes the producer runs in its own context, starts at once,
/// and is some items ahead of the reader and never more; the stream can be read once.
/// </summary>
internal sealed class LocalItems<T> : IAsyncEnumerable<T>, IAsyncEnumerator<T>
{
    private const int Ahead = 64;

    private readonly Channel<T> _channel = Channel.CreateBounded<T>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop = new();
    private CancellationToken _reader;
    private int _isTaken;
    private T _current = default!;

    public T Current => _current;

    /// <param name="produce">Gives the items; runs on the thread pool.</param>
    /// <param name="onFailed">Told what the producer threw, and says what the reader is told.</param>
    /// <param name="onEnded">Told that the producer has ended.</param>
    /// <param name="cancellationToken">Ends the producer.</param>
    public static LocalItems<T> Start(Func<CancellationToken, IAsyncEnumerable<T>> produce, Func<Exception, Exception> onFailed, Action onEnded, CancellationToken cancellationToken)
    {
        var items = new LocalItems<T>();
        _ = items.ProduceAsync(produce, onFailed, onEnded, cancellationToken);
        return items;
    }

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            throw CallStreams.ReadTwice();
        _reader = cancellationToken;
        return this;
    }

    public ValueTask<bool> MoveNextAsync() => _channel.Reader.TryRead(out _current!) ? ValueTask.FromResult(true) : WaitAsync();

    /// <summary>Ends the producer where it has not ended yet.</summary>
    public ValueTask DisposeAsync()
    {
        // Elsewhere, since the producer's code may hang on the token.
        ThreadPool.UnsafeQueueUserWorkItem(static stop => stop.Cancel(), _stop, preferLocal: false);
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> WaitAsync()
    {
        while (await _channel.Reader.WaitToReadAsync(_reader.CanBeCanceled ? _reader : CancellationToken.None))
        {
            if (_channel.Reader.TryRead(out _current!))
                return true;
        }

        return false;
    }

    private async Task ProduceAsync(Func<CancellationToken, IAsyncEnumerable<T>> produce, Func<Exception, Exception> onFailed, Action onEnded, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await foreach (var item in produce(_stop.Token).WithCancellation(_stop.Token))
            {
                if (!_channel.Writer.TryWrite(item))
                    await _channel.Writer.WriteAsync(item, _stop.Token);
            }

            _channel.Writer.Complete();
        }
        catch (Exception exception)
        {
            _channel.Writer.Complete(onFailed(exception));
        }
        finally
        {
            onEnded();
        }
    }
}
