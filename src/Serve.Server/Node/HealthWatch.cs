using Serve.Server.Store.Records;
using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>Asks a worker again and again whether it is well.</summary>
/// <param name="link">The worker.</param>
/// <param name="desired">The order as it is now: the periods may change while the replica runs.</param>
/// <param name="meter">Told of each check.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class HealthWatch(WorkerLink link, Func<DesiredReplica> desired, NodeMeter meter, TimeProvider timeProvider)
{
    /// <summary>Many replicas that started together shall not be asked together for ever.</summary>
    private const double Jitter = 0.1;

    private readonly Random _random = new((int)desired().Replica.Number);

    /// <returns>What was wrong, once too many checks in a row have failed.</returns>
    public async Task<string> UntilUnhealthyAsync(CancellationToken cancellationToken)
    {
        for (var failed = 0; ;)
        {
            await Task.Delay(desired().HealthCheckPeriod * (1 - Jitter + (2 * Jitter * _random.NextDouble())), timeProvider, cancellationToken);
            var begin = timeProvider.GetTimestamp();
            var failure = await CheckAsync(desired().HealthCheckTimeout, cancellationToken);
            meter.OnChecked(desired().Replica.Deployment, timeProvider.GetElapsedTime(begin), isHealthy: failure is null);
            failed = failure is null ? 0 : failed + 1;
            if (failed >= desired().HealthCheckFailureThreshold)
                return $"{failed} health checks in a row failed (health_check_failure_threshold); the last one: {failure}";
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
