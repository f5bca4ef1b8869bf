namespace Serve.Server.Controller.Scheduling;

/// <summary>Asks the controller again and again to look for a node that can be emptied.</summary>
internal sealed class CompactionTimer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    /// <param name="period">How often.</param>
    /// <param name="ask">Hands the request in; it may wait while the controller is busy.</param>
    /// <param name="timeProvider">The clock.</param>
    public CompactionTimer(TimeSpan period, Func<CancellationToken, ValueTask> ask, TimeProvider timeProvider)
    {
        _loop = RunAsync(period, ask, timeProvider);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeSpan period, Func<CancellationToken, ValueTask> ask, TimeProvider timeProvider)
    {
        using var timer = new PeriodicTimer(period, timeProvider);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
            await ask(_stopping.Token);
    }
}
