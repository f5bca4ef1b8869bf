namespace Serve.OpenInference.Grpc;

/// <summary>How many bytes the inputs have that are being worked on, and a wait until those are few enough for one request more.</summary>
internal sealed class BytesInFlight(long limit)
{
    private readonly Lock _lock = new();
    private long _bytes;
    private TaskCompletionSource? _room;

    /// <summary>Counts a request until the result is disposed.</summary>
    public IDisposable Take(InferenceRequest request)
    {
        var bytes = 0L;
        for (var i = 0; i < request.Inputs.Count; i++)
            bytes += request.Inputs[i].Tensor.ByteLength;
        lock (_lock)
            _bytes += bytes;
        return new Taken(this, bytes);
    }

    /// <summary>Waits while there is more than the limit. Where there is nothing there is always room.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_bytes <= limit)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    private void Return(long bytes)
    {
        TaskCompletionSource? room = null;
        lock (_lock)
        {
            _bytes -= bytes;
            if (_bytes <= limit)
                (room, _room) = (_room, null);
        }

        room?.SetResult();
    }

    private sealed class Taken(BytesInFlight all, long bytes) : IDisposable
    {
        public void Dispose() => all.Return(bytes);
    }
}
