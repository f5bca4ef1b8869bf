namespace Serve.TestProgram.Behaviour;

/// <summary>The middle of a chain of calls.</summary>
public interface IRelay
{
    Task<int> DeepAsync(string key, CancellationToken cancellationToken);

    IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, CancellationToken cancellationToken);
}

/// <summary>Does nothing itself: it calls the next deployment.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 100)]
public sealed class Relay(DeploymentHandle<ILeaf> leaf, Journal journal) : IRelay
{
    public async Task<int> DeepAsync(string key, CancellationToken cancellationToken)
    {
        var process = 0;
        await journal.RunAsync(key, "relay", async () => process = await leaf.Remote.HoldAsync(key, cancellationToken), cancellationToken);
        return process;
    }

    public IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, CancellationToken cancellationToken) => leaf.Remote.CountAsync(key, count, failAt, cancellationToken);
}
