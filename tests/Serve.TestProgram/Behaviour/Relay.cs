namespace Serve.TestProgram.Behaviour;

/// <summary>The middle of a chain of calls.</summary>
public interface IRelay
{
    Task<int> DeepAsync(string key, CancellationToken cancellationToken);

    IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, CancellationToken cancellationToken);

    Task<string> WhoAsync();

    Task<int> FailAsync(string? replica);
}

/// <summary>Does nothing itself: it calls the next deployment. There are two of it.</summary>
[Deployment(NumCpus = 0.1, NumReplicas = 2, MaxOngoingRequests = 100)]
public sealed class Relay(DeploymentHandle<ILeaf> leaf, Journal journal, ReplicaContext context) : IRelay
{
    public async Task<int> DeepAsync(string key, CancellationToken cancellationToken)
    {
        var process = 0;
        await journal.RunAsync(key, "relay", async () => process = await leaf.Remote.HoldAsync(key, cancellationToken), cancellationToken);
        return process;
    }

    public IAsyncEnumerable<int> CountAsync(string key, int count, int failAt, CancellationToken cancellationToken) => leaf.Remote.CountAsync(key, count, failAt, cancellationToken);

    public Task<string> WhoAsync() => Task.FromResult(context.ReplicaId);

    public Task<int> FailAsync(string? replica) => replica is null || replica == context.ReplicaId ? throw new FormatException("the relay is broken") : Task.FromResult(0);
}
