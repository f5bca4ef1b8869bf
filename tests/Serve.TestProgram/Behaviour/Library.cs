namespace Serve.TestProgram.Behaviour;

/// <summary>A deployment whose replicas have different models.</summary>
public interface ILibrary
{
    Task<string> WhereIsAsync(CancellationToken cancellationToken);
}

/// <inheritdoc cref="ILibrary"/>
[Deployment(NumCpus = 0.1, NumReplicas = 2)]
public sealed class Library(ReplicaContext context) : ILibrary
{
    private int _loads;

    public async Task<string> WhereIsAsync(CancellationToken cancellationToken)
    {
        using var lease = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
        return lease.Model;
    }

    [Multiplexed(MaxModelsPerReplica = 8)]
    private Task<string> LoadAsync(string modelId, CancellationToken cancellationToken) =>
        Task.FromResult($"{modelId} is load {Interlocked.Increment(ref _loads)} of {context.ReplicaId}");
}
