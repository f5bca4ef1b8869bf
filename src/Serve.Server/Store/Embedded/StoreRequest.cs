namespace Serve.Server.Store.Embedded;

/// <summary>Something to do on the store's loop, answered when what it changed is durable.</summary>
internal sealed class StoreRequest(Func<object?> action)
{
    private object? _result;
    private Exception? _error;

    public TaskCompletionSource<object?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Run()
    {
        try
        {
            _result = action();
        }
        catch (Exception exception)
        {
            _error = exception;
        }
    }

    public void Complete(bool isDurable)
    {
        if (_error is not null)
            Done.TrySetException(_error);
        else if (!isDurable)
            Done.TrySetException(new IOException("The store was closed before the change was written."));
        else
            Done.TrySetResult(_result);
    }

    public void Fail(Exception exception) => Done.TrySetException(exception);
}
