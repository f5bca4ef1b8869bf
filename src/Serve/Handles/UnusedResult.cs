namespace Serve.Handles;

/// <summary>A result is handed over to its caller. One that nobody waits for any more has memory outside of the collected heap perhaps, and is disposed.</summary>
internal static class UnusedResult
{
    /// <summary>Waits for a result. Where the wait ends before, the result is disposed when it comes.</summary>
    public static async Task<T> WaitAsync<T>(Task<T> running, CancellationToken cancellationToken)
    {
        try
        {
            return await running.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = DisposeAsync(running);
            throw;
        }
    }

    /// <summary>Disposes a result when it comes.</summary>
    public static async Task DisposeAsync<T>(Task<T> running)
    {
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsCompletedSuccessfully && await running is IDisposable unused)
            unused.Dispose();
    }
}
