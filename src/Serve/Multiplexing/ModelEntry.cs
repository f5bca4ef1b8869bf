namespace Serve.Multiplexing;

internal enum ModelState
{
    /// <summary>There is no room for it yet.</summary>
    Waiting,

    Loading,

    Held,

    /// <summary>Nobody waits for it any more. Its loading ends, and what it loaded all the same goes at once.</summary>
    Abandoned,

    /// <summary>It goes as soon as nobody uses it, and takes its room until it is gone.</summary>
    Leaving,

    Gone,
}

/// <summary>One model of a replica, from the first request for it until it is unloaded. Guarded by the cache's lock.</summary>
internal sealed class ModelEntry<TModel>(string id, long size)
{
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = id;

    /// <summary>What it takes of the memory budget.</summary>
    public long Size { get; } = size;

    public ModelState State { get; set; }

    /// <summary>Those who use it or wait for it.</summary>
    public int Users { get; set; }

    public TModel? Model { get; set; }

    /// <summary>Its place among those that wait, or among those that are held.</summary>
    public LinkedListNode<ModelEntry<TModel>>? Node { get; set; }

    /// <summary>An earlier one of the same id that is not gone yet: two of them at once could be in each other's way.</summary>
    public ModelEntry<TModel>? Before { get; set; }

    /// <summary>Ends the loading when nobody waits for it any more.</summary>
    public CancellationTokenSource? Loading { get; set; }

    public Task Loaded => _loaded.Task;

    public Task Gone => _gone.Task;

    public void EndLoading(Exception? failure)
    {
        if (failure is null)
        {
            _loaded.TrySetResult();
            return;
        }

        _loaded.TrySetException(failure);
        // Where the last one who waited has left, nobody looks at it.
        _ = _loaded.Task.Exception;
    }

    public void EndLeaving() => _gone.TrySetResult();
}
