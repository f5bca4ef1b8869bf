using Serve.Specs.Placement;

namespace Serve.Server.Node.Resources;

/// <summary>What a node offers to replicas.</summary>
internal sealed record NodeResources
{
    public required double Cpus { get; init; }

    /// <summary>The GPUs by the names under which CUDA knows them, in the order of their indexes: numbers, or ids such as <c>GPU-8932f937</c>.</summary>
    public IReadOnlyList<string> GpuDevices { get; init; } = [];

    public required long MemoryBytes { get; init; }

    /// <summary>Amounts of other resources, by name.</summary>
    public IReadOnlyDictionary<string, double> Custom { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What the machine has, where the options say nothing else.</summary>
    /// <exception cref="InvalidOperationException">The options ask for what can't be.</exception>
    public static NodeResources Of(NodeResourceOptions options, MachineProbe machine)
    {
        var visible = machine.GpuDevices();
        var labels = new Dictionary<string, string>(options.Labels, StringComparer.Ordinal);
        var devices = options.Gpus is { } gpus ? Take(visible, gpus, machine.VisibleDevices) : visible;
        if (devices.Count > 0 && machine.GpuType() is { } type)
            labels.TryAdd(LabelRules.AcceleratorTypeKey, type);
        var custom = new Dictionary<string, double>(options.Custom, StringComparer.Ordinal);
        if (labels.TryGetValue(LabelRules.AcceleratorTypeKey, out var accelerator))
            custom.TryAdd(ResourceBundle.AcceleratorTypePrefix + accelerator, 1);
        return new NodeResources
        {
            Cpus = options.Cpus ?? MachineProbe.Cpus(),
            GpuDevices = devices,
            MemoryBytes = options.MemoryBytes ?? machine.MemoryBytes(),
            Custom = custom,
            Labels = labels,
        };
    }

    private static IReadOnlyList<string> Take(IReadOnlyList<string> visible, int gpus, string? visibleDevices)
    {
        if (gpus <= visible.Count)
            return [.. visible.Take(gpus)];
        // The operator knows better than a look at /dev, but not better than the one who started the server with fewer.
        return visibleDevices is null
            ? [.. Enumerable.Range(0, gpus).Select(index => index.ToString(System.Globalization.CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"--num-gpus is {gpus}, but CUDA_VISIBLE_DEVICES is '{visibleDevices}', which leaves {visible.Count}; change one of them.");
    }
}

/// <summary>What the operator says of a node; null is what the machine has.</summary>
internal sealed record NodeResourceOptions
{
    public double? Cpus { get; init; }

    public int? Gpus { get; init; }

    public long? MemoryBytes { get; init; }

    public IReadOnlyDictionary<string, double> Custom { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
