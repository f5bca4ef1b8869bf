namespace Serve.Onnx.Running;

/// <summary>Finds a device for a run: the one with the most free instances. There are never more runs than instances, so there is always one.</summary>
internal sealed class DeviceRooms(IReadOnlyList<ModelInstances> instances)
{
    private readonly Lock _lock = new();
    private readonly int[] _running = new int[instances.Count];

    public int Instances { get; } = instances.Sum(group => group.Group.Count);

    public int Enter()
    {
        if (_running.Length == 1)
            return 0;
        lock (_lock)
        {
            var best = 0;
            for (var i = 1; i < _running.Length; i++)
            {
                if (instances[i].Group.Count - _running[i] > instances[best].Group.Count - _running[best])
                    best = i;
            }

            _running[best]++;
            return best;
        }
    }

    public void Leave(int device)
    {
        if (_running.Length == 1)
            return;
        lock (_lock)
            _running[device]--;
    }
}
