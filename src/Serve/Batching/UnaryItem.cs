namespace Serve.Batching;

/// <summary>An item with one result.</summary>
internal sealed class UnaryItem<TItem, TResult>(BatchQueue<TItem> queue, TItem value, CancellationToken cancellationToken)
    : BatchItem<TItem>(queue, value, cancellationToken)
{
    private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Result => _result.Task;

    public override bool IsUntouched => !_result.Task.IsCompleted;

    public void Deliver(BatchResult<TResult> result)
    {
        if (result.Failure is { } failure)
            _result.TrySetException(failure);
        else
            _result.TrySetResult(result.Value);
    }

    public override void Fail(Exception exception) => _result.TrySetException(exception);

    /// <summary>A unary method has a result for each item, or fails.</summary>
    public override void Complete()
    {
    }

    public override void Cancel(CancellationToken cancellationToken) => _result.TrySetCanceled(cancellationToken);
}
