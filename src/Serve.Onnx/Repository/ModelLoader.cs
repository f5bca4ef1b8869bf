using Serve.Onnx.Config;

namespace Serve.Onnx.Repository;

/// <summary>Makes a model that is ready out of what lies on the disk.</summary>
internal sealed class ModelLoader(ModelRepositoryOptions options, TimeProvider timeProvider, ModelRepositoryLog log)
{
    private const string WarmUpFolder = "warmup";
    private const long LargestLabelFile = 16 << 20;

    /// <summary>What a version is made of.</summary>
    public static string IdentityOf(ModelFolder folder, long version, string? configText) => $"{folder.FingerprintOf(version)}|{configText}";

    /// <param name="folder">The model.</param>
    /// <param name="version">The version.</param>
    /// <param name="declared">What its configuration says.</param>
    /// <param name="identity">What it is made of.</param>
    /// <param name="freed">Called when the last user of the loaded version has left.</param>
    /// <param name="cancellationToken">Stops a warm-up.</param>
    /// <exception cref="OnnxModelException">It can't be loaded, or fails its warm-up.</exception>
    public LoadedModel Load(ModelFolder folder, long version, ModelConfig declared, string identity, Action freed, CancellationToken cancellationToken)
    {
        var start = timeProvider.GetTimestamp();
        var path = FileOf(folder, version, declared);
        foreach (var checksum in declared.Checksums)
            FileHash.Check(RepositoryPath.Inside(folder.Root, checksum.Path, "A checksum's file"), checksum.Algorithm, checksum.Value);
        InstanceGroup[] groups = declared.Instances.Count > 0 ? [.. declared.Instances.Select(OnItsDevice)] : [new InstanceGroup(folder.Name, options.Engine.Device, options.Engine.DeviceId, options.UsualInstances)];
        var engine = options.Engine with { Revision = folder.FingerprintOf(version) };
        var engines = new EngineSet(freed);
        try
        {
            foreach (var group in groups)
                engines.Add(new OnnxModel(path, EngineParameters.Apply(declared, group, engine)));
            var config = AutoConfig.Complete((options.ModelName is null ? declared : declared with { Name = "" }) with { Instances = groups }, engines.Models[0], folder.Name, options.UsualBatchSize);
            var labels = config.Outputs.Where(output => output.LabelFile.Length > 0).ToDictionary(output => output.Name, output => ReadLabels(folder, output), StringComparer.Ordinal);
            foreach (var model in engines.Models)
                WarmUp(model, folder, config, version, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            ModelInstances[] instances = [.. groups.Zip(engines.Models, (group, model) => new ModelInstances(group, model))];
            return new LoadedModel(config, version, instances, labels, timeProvider.GetElapsedTime(start), identity, engines);
        }
        catch
        {
            engines.Dispose();
            throw;
        }
    }

    /// <summary>What a model runs on must not depend on the machine that it happens to start on, only on what is said.</summary>
    private InstanceGroup OnItsDevice(InstanceGroup group) =>
        group.IsOnUsualDevice ? group with { Device = options.Engine.Device, DeviceId = options.Engine.DeviceId, IsOnUsualDevice = false } : group;

    /// <summary>The model file of a version. A folder of that name holds a model with its weights in files beside it.</summary>
    private static string FileOf(ModelFolder folder, long version, ModelConfig config)
    {
        var place = folder.Versions[version];
        if (File.Exists(place))
            return place;
        var path = RepositoryPath.Inside(place, config.ModelFile, $"'default_model_filename' of the model '{folder.Name}'");
        if (Directory.Exists(path))
            path = Path.Combine(path, ModelConfig.UsualModelFile);
        if (File.Exists(path))
            return path;
        var others = Directory.EnumerateFiles(place, "*.onnx").Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(10).ToArray();
        throw new OnnxModelException($"Version {version} of the model '{folder.Name}' has no file '{path}'. "
            + (others.Length == 0 ? "There is no .onnx file." : $"There is {string.Join(", ", others)}: rename it, or name it in 'default_model_filename' of {ModelFolder.ConfigName}."));
    }

    private static string[] ReadLabels(ModelFolder folder, ModelTensor output)
    {
        var path = RepositoryPath.Inside(folder.Root, output.LabelFile, $"'label_filename' of the output '{output.Name}'");
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > LargestLabelFile)
            throw new OnnxModelException($"The label file '{path}' of the output '{output.Name}' {(file.Exists ? $"has {file.Length} bytes; {LargestLabelFile} are allowed" : "doesn't exist")}.");
        return File.ReadAllLines(path);
    }

    /// <exception cref="OnnxModelException">It fails a warm-up that it was given.</exception>
    private void WarmUp(OnnxModel model, ModelFolder folder, ModelConfig config, long version, CancellationToken cancellationToken)
    {
        foreach (var warmUp in WarmUpsOf(folder, config))
            model.WarmUp(warmUp, cancellationToken);
        if (config.WarmUps.Count > 0 || !options.WarmUp)
            return;
        try
        {
            model.WarmUp(new OnnxWarmUp(), cancellationToken);
        }
        catch (OnnxModelException exception)
        {
            // Zeros are our guess, and what divides by its input or takes a shape from it can't compute them.
            log.NotWarmedUp(folder.Name, version, exception.Message);
        }
    }

    private static IEnumerable<OnnxWarmUp> WarmUpsOf(ModelFolder folder, ModelConfig config)
    {
        foreach (var warmUp in config.WarmUps)
        {
            long[] batch = config.MaxBatchSize > 0 ? [Math.Max(1, warmUp.BatchSize)] : [];
            yield return new OnnxWarmUp
            {
                Name = $"warm-up '{warmUp.Name}'",
                Count = warmUp.Count,
                Inputs = warmUp.Inputs.ToDictionary(
                    input => input.Key,
                    input => new OnnxSample { Kind = input.Value.Kind, Shape = [.. batch, .. input.Value.Dims], Data = ReadSample(folder, input.Value) },
                    StringComparer.Ordinal),
            };
        }
    }

    private static byte[] ReadSample(ModelFolder folder, WarmUpInput input)
    {
        if (input.Kind != OnnxSampleKind.Data)
            return [];
        var path = RepositoryPath.Inside(folder.Root, $"{WarmUpFolder}/{input.File}", "'input_data_file'");
        return File.Exists(path) ? File.ReadAllBytes(path) : throw new OnnxModelException($"The file '{path}' of a warm-up doesn't exist.");
    }

    /// <summary>The engines of one version, freed together.</summary>
    private sealed class EngineSet(Action freed) : IDisposable
    {
        private readonly List<OnnxModel> _models = [];

        public IReadOnlyList<OnnxModel> Models => _models;

        public void Add(OnnxModel model) => _models.Add(model);

        public void Dispose()
        {
            foreach (var model in _models)
                model.Dispose();
            freed();
        }
    }
}
