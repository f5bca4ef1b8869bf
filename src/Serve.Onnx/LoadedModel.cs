using Serve.Onnx.Config;
using Serve.Onnx.Engine;

namespace Serve.Onnx;

/// <summary>One version of a model that is ready. It stays so for as long as somebody uses it, even when it has been unloaded or replaced meanwhile.</summary>
public sealed class LoadedModel
{
    private readonly Dictionary<string, string[]> _labels;

    internal LoadedModel(ModelConfig config, long version, IReadOnlyList<ModelInstances> instances, Dictionary<string, string[]> labels, TimeSpan loadTime, string identity, IDisposable resources)
    {
        Config = config;
        Version = version;
        Instances = instances;
        LoadTime = loadTime;
        Identity = identity;
        _labels = labels;
        Lease = new ModelLease(resources, $"model {config.Name} version {version}");
    }

    /// <summary>The name that clients use.</summary>
    public string Name => Config.Name;

    /// <summary>The number of the version.</summary>
    public long Version { get; }

    /// <summary>How it is served: what was declared, completed from the model itself.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where it runs, and how many runs at once; one for each device.</summary>
    public IReadOnlyList<ModelInstances> Instances { get; }

    /// <summary>The memory of the model on the CPU, in bytes: see <see cref="OnnxModel.MemoryBytes"/>. Groups that share a session have its weights once.</summary>
    public long MemoryBytes => Instances.Select(static instances => instances.Model).Where(static model => model.Device == OnnxDevice.Cpu).DistinctBy(static model => model.Session).Sum(static model => model.MemoryBytes);

    /// <summary>How long it took to load and to warm up.</summary>
    public TimeSpan LoadTime { get; }

    /// <summary>What it was made of: two with the same are the same.</summary>
    internal string Identity { get; }

    internal ModelLease Lease { get; }

    /// <summary>The names of an output's classes, in their order; empty where there are none.</summary>
    /// <param name="output">The name of the output.</param>
    public IReadOnlyList<string> LabelsOf(string output) => _labels.GetValueOrDefault(output) ?? [];
}

/// <summary>A model on one device.</summary>
/// <param name="Group">Which device, and how many runs at once.</param>
/// <param name="Model">The model there.</param>
public sealed record ModelInstances(InstanceGroup Group, OnnxModel Model);
