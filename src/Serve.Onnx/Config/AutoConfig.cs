namespace Serve.Onnx.Config;

/// <summary>Completes a configuration with what the model says of itself, and checks the two against each other.</summary>
internal static class AutoConfig
{
    /// <param name="config">What was declared; little or nothing.</param>
    /// <param name="model">The model.</param>
    /// <param name="name">The name under which it is served.</param>
    /// <param name="usualBatchSize">The most rows of a batch where the model has a batch dimension and nothing was declared.</param>
    /// <exception cref="OnnxModelException">The two contradict each other.</exception>
    public static ModelConfig Complete(ModelConfig config, OnnxModel model, string name, int usualBatchSize)
    {
        if (config.Name.Length > 0 && config.Name != name)
            throw Wrong(name, $"calls itself \"{config.Name}\" in its configuration; it must be the name of its folder, \"{name}\"");
        var whyNoBatch = WhyNoBatch(model);
        if (config.MaxBatchSize > 0 && whyNoBatch is not null)
            throw Wrong(name, $"has a 'max_batch_size' of {config.MaxBatchSize}, but no batch dimension: {whyNoBatch}. Set it to 0");
        var size = config.MaxBatchSize ?? (whyNoBatch is null && !NamesWholeShapes(config, model) ? usualBatchSize : 0);
        if (size == 0 && config.Batching is not null)
            throw Wrong(name, $"has 'dynamic_batching', but no batch dimension: {whyNoBatch ?? "its 'max_batch_size' is 0"}");
        if (config.Batching is { PreferredSizes: [.., var largest] } && largest > size)
            throw Wrong(name, $"has a 'preferred_batch_size' of {largest}, which is more than its 'max_batch_size' of {size}");

        return config with
        {
            Name = name,
            MaxBatchSize = size,
            SplitsLargeCalls = config.MaxBatchSize is not null,
            Inputs = Tensors(config.Inputs, model.Inputs, size > 0, name, "input", mayLeaveOut: false),
            Outputs = Tensors(config.Outputs, model.Outputs, size > 0, name, "output", mayLeaveOut: true),
            // Batches that form by themselves while the instances are busy cost nobody anything.
            Batching = config.Batching ?? (config.MaxBatchSize is null && size > 1 ? new DynamicBatching() : null),
        };
    }

    /// <summary>
    /// Why there is no batch dimension, or null: the first of every input and output is one that a call chooses, and where they have names it is the same one. A sequence of tokens
    /// is also a first dimension that a call chooses, but of one name with nothing else.
    /// </summary>
    private static string? WhyNoBatch(OnnxModel model)
    {
        var all = model.Inputs.Concat(model.Outputs).ToArray();
        if (all.Length == 0)
            return "it has no inputs and outputs";
        if (Array.Find(all, tensor => tensor.Shape.Length == 0 || tensor.Shape[0] >= 0) is { } still)
            return $"'{still.Name}' is {still}";
        var names = all.Select(tensor => tensor.DimensionNames[0]).Where(dimension => dimension.Length > 0).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length > 1 ? $"the first dimensions have different names, {string.Join(" and ", names.Select(dimension => $"'{dimension}'"))}" : null;
    }

    /// <summary>Whether a configuration without a 'max_batch_size' gives shapes with the batch dimension: then it means that there is none.</summary>
    private static bool NamesWholeShapes(ModelConfig config, OnnxModel model) => config.Inputs.Any(tensor => model.Inputs.Any(info => info.Name == tensor.Name && info.Shape.Length == tensor.Dims.Count))
        || config.Outputs.Any(tensor => model.Outputs.Any(info => info.Name == tensor.Name && info.Shape.Length == tensor.Dims.Count));

    private static IReadOnlyList<ModelTensor> Tensors(IReadOnlyList<ModelTensor> declared, IReadOnlyList<OnnxTensorInfo> actual, bool hasBatch, string model, string kind, bool mayLeaveOut)
    {
        if (declared.Count == 0)
            return [.. actual.Select(info => new ModelTensor(info.Name, info.DataType, Dims(info, hasBatch)))];
        foreach (var tensor in declared)
        {
            var info = actual.FirstOrDefault(info => info.Name == tensor.Name)
                ?? throw Wrong(model, $"has no {kind} '{tensor.Name}', which its configuration names; its {kind}s are {string.Join(", ", actual.Select(info => $"'{info.Name}'"))}");
            var dims = Dims(info, hasBatch);
            if (tensor.DataType != info.DataType || tensor.Dims.Count != dims.Length || tensor.Dims.Where((dim, index) => dims[index] >= 0 && dims[index] != dim).Any())
            {
                throw Wrong(model, $"has the {kind} '{tensor.Name}' as {TensorDataTypes.NameOf(info.DataType)} [{string.Join(", ", dims)}]{(hasBatch ? " after the batch dimension" : "")}; "
                    + $"its configuration says {TensorDataTypes.NameOf(tensor.DataType)} [{string.Join(", ", tensor.Dims)}]");
            }
        }

        if (!mayLeaveOut && actual.FirstOrDefault(info => declared.All(tensor => tensor.Name != info.Name)) is { } missing)
            throw Wrong(model, $"takes '{missing.Name}', which its configuration doesn't name: name all inputs or none");
        return declared;
    }

    private static long[] Dims(OnnxTensorInfo info, bool hasBatch) => [.. info.Shape[(hasBatch ? 1 : 0)..].ToArray().Select(dimension => (long)dimension)];

    private static OnnxModelException Wrong(string model, string what) => new($"The model '{model}' {what}.");
}
