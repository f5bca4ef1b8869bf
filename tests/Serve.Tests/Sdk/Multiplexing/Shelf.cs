using System.Collections.Concurrent;
using Serve.Testing;

namespace Serve.Tests.Sdk.Multiplexing;

/// <summary>A class with many models, whose loads a test sees start and lets finish.</summary>
internal class Shelf
{
    private readonly ConcurrentQueue<Load> _loads = new();

    /// <summary>Loads wait for the test where this is set before.</summary>
    public bool IsSlow { get; set; }

    public ConcurrentQueue<string> Log { get; } = new();

    public int Loads => _loads.Count;

    public virtual Task<ModelLease<Book>> GetAsync(string id, CancellationToken cancellationToken = default) => Multiplexer.GetAsync(LoadAsync, id, cancellationToken).AsTask();

    public async Task UseAsync(string id)
    {
        using var lease = await GetAsync(id).WaitAsync(Eventually.Patience);
        lease.Model.Id.ShouldBe(id);
    }

    public async Task<Load> LoadOfAsync(string id, int number = 1)
    {
        await Eventually.TrueAsync(() => _loads.Count(load => load.Id == id) >= number);
        return _loads.Where(load => load.Id == id).ElementAt(number - 1);
    }

    [Multiplexed(MaxModelsPerReplica = 2)]
    public Task<Book> LoadAsync(string modelId, CancellationToken cancellationToken) => StartAsync(modelId, cancellationToken);

    protected async Task<Book> StartAsync(string modelId, CancellationToken cancellationToken)
    {
        Log.Enqueue($"load {modelId}");
        var load = new Load(modelId, cancellationToken);
        _loads.Enqueue(load);
        if (IsSlow)
            await load.Go.Task.WaitAsync(cancellationToken);
        return new Book(modelId, this);
    }
}

internal sealed record Load(string Id, CancellationToken Token)
{
    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A model that can tell whether it was used after its end.</summary>
internal sealed class Book(string id, Shelf shelf) : IAsyncDisposable
{
    public string Id => IsDisposed ? throw new ObjectDisposedException(id) : id;

    public bool IsDisposed { get; private set; }

    public ValueTask DisposeAsync()
    {
        IsDisposed.ShouldBeFalse();
        IsDisposed = true;
        shelf.Log.Enqueue($"unload {id}");
        return ValueTask.CompletedTask;
    }
}
