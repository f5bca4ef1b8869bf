using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>Asks a worker again and again whether it is well.</summary>
/// <param name="link">The worker.</param>
/// <param name="desired">The order as it is now: the periods may change while the replica runs.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class HealthWatch(WorkerLink link, Func<DesiredReplica> desired, TimeProvider timeProvider)
{
    private const int MaxFailedChecks = 3;

    /// <returns>What was wrong, once too many checks in a row have failed.</returns>
    public async Task<string> UntilUnhealthyAsync(CancellationToken cancellationToken)
    {
        for (var failed = 0; ;)
        {
            await Task.Delay(desired().HealthCheckPeriod, timeProvider, cancellationToken);
            var failure = await CheckAsync(desired().HealthCheckTimeout, cancellationToken);
            failed = failure is null ? 0 : failed + 1;
            if (failed == MaxFailedChecks)
                return $"{failed} health checks in a row failed; the last one: {failure}";
        }
    }

    private async Task<string?> CheckAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await link.AskAsync(static id => new CheckHealth(id), both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {time.TotalSeconds:0.###} s (health_check_timeout_s)";
        }
    }
}
