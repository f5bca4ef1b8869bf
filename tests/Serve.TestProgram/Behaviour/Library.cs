namespace Serve.TestProgram.Behaviour;

/// <summary>A deployment with many models.</summary>
public interface ILibrary
{
    Task<string> AskAsync(string key, CancellationToken cancellationToken);

    Task<string> ReadAsync(string key, string line, CancellationToken cancellationToken);
}

/// <summary>Answers by the model that a call names, and reads lines in batches.</summary>
[Deployment(NumCpus = 0.1, NumReplicas = 2)]
public sealed class Library(ReplicaContext context, Journal journal) : ILibrary
{
    /// <returns>The model and the replica that has it.</returns>
    public async Task<string> AskAsync(string key, CancellationToken cancellationToken)
    {
        using var lease = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
        journal.Write(key, $"asked-{lease.ModelId}");
        return $"{lease.Model.Id} at {context.ReplicaId}";
    }

    /// <returns>The line and the batch that it was in, of which the first line waits for the test.</returns>
    public Task<string> ReadAsync(string key, string line, CancellationToken cancellationToken) => Batcher.RunAsync(ReadManyAsync, new Line(key, line), cancellationToken);

    [Batch(MaxBatchSize = 20)]
    private async Task<IReadOnlyList<BatchResult<string>>> ReadManyAsync(IReadOnlyList<Line> lines, CancellationToken cancellationToken)
    {
        var batch = $"{ServeRequest.ModelId}: {string.Join(' ', lines.Select(line => line.Text))}";
        journal.Write(lines[0].Key, $"batch-{lines[0].Text}");
        if (lines[0].Text == "block")
            await journal.WhenReleasedAsync(lines[0].Key, cancellationToken);
        return [.. lines.Select(line => line.Text == "bad" ? BatchResult<string>.Failed(new FormatException("a bad line")) : $"{line.Text} of {batch}")];
    }

    [Multiplexed(MaxModelsPerReplica = 2)]
    private Task<Volume> LoadAsync(string modelId, CancellationToken cancellationToken)
    {
        journal.Write(modelId, $"loaded-{context.ReplicaId.Replace('#', '-')}");
        return Task.FromResult(new Volume(modelId, journal));
    }

    private sealed record Line(string Key, string Text);

    private sealed record Volume(string Id, Journal Journal) : IDisposable
    {
        public void Dispose() => Journal.Write(Id, "unloaded");
    }
}
