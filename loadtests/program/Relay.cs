using Serve;

namespace Load;

internal interface IRelay
{
    IAsyncEnumerable<Item> StreamAsync(int count, CancellationToken cancellationToken);

    Task WaitAsync(CancelRun run, CancellationToken cancellationToken);
}

/// <summary>Stands between the two others: what passes here goes through one more process.</summary>
[Deployment(MaxOngoingRequests = 20_000, NumCpus = 0)]
internal sealed class Relay(DeploymentHandle<IBack> back) : IRelay
{
    public IAsyncEnumerable<Item> StreamAsync(int count, CancellationToken cancellationToken) => back.Remote.StreamAsync(count, cancellationToken);

    public async Task WaitAsync(CancelRun run, CancellationToken cancellationToken)
    {
        using var _ = run.Enter("relay", cancellationToken);
        await back.Remote.WaitAsync(run, cancellationToken);
    }
}
