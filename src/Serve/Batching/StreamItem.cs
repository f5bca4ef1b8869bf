using System.Threading.Channels;

namespace Serve.Batching;

/// <summary>An item with a stream of results. Its caller may be some steps behind the batch; then the batch waits for it.</summary>
internal sealed class StreamItem<TItem, TResult>(BatchQueue<TItem> queue, TItem value, CancellationToken cancellationToken)
    : BatchItem<TItem>(queue, value, cancellationToken)
{
    /// <summary>How many results may wait for the caller to take them.</summary>
    private const int Room = 16;

    private readonly Channel<TResult> _results = Channel.CreateBounded<TResult>(new BoundedChannelOptions(Room) { SingleReader = true, SingleWriter = true });
    private bool _isTouched;

    public ChannelReader<TResult> Results => _results.Reader;

    public override bool IsUntouched => !_isTouched && !IsOut;

    /// <summary>Hands one step over, and waits where the caller is too far behind.</summary>
    public ValueTask DeliverAsync(BatchStep<TResult> step, CancellationToken cancellationToken)
    {
        if (IsOut)
            return ValueTask.CompletedTask;
        switch (step.Kind)
        {
            case BatchStepKind.Value:
                _isTouched = true;
                return _results.Writer.TryWrite(step.Value!) ? ValueTask.CompletedTask : WaitAsync(step.Value!, cancellationToken);
            case BatchStepKind.End:
                Complete();
                break;
            case BatchStepKind.Failed:
                Fail(step.Failure!);
                break;
        }

        return ValueTask.CompletedTask;
    }

    public override void Fail(Exception exception)
    {
        _results.Writer.TryComplete(exception);
        GetOut();
    }

    public override void Complete()
    {
        _results.Writer.TryComplete();
        GetOut();
    }

    /// <summary>The results that wait are kept: the caller decides whether it still wants them.</summary>
    public override void Cancel(CancellationToken cancellationToken) => _results.Writer.TryComplete(new OperationCanceledException(cancellationToken));

    private async ValueTask WaitAsync(TResult value, CancellationToken cancellationToken)
    {
        try
        {
            await _results.Writer.WriteAsync(value, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            // The caller went while the batch waited for it.
        }
        catch (OperationCanceledException) when (IsOut)
        {
            // And was the last one.
        }
    }
}
