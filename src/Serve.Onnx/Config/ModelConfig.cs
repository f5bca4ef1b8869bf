namespace Serve.Onnx.Config;

/// <summary>
/// How a model is served: what a <c>config.pbtxt</c> says, or what follows from the model itself. The words are those of Triton's ModelConfig; what of it is not supported is
/// refused when it is read, so that everything here is in force.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>What <c>platform</c> must be, and what clients are told.</summary>
    public const string OnnxPlatform = "onnxruntime_onnx";

    /// <summary>What <c>backend</c> must be.</summary>
    public const string OnnxBackend = "onnxruntime";

    /// <summary>The file of a version where none is named.</summary>
    public const string UsualModelFile = "model.onnx";

    /// <summary>The name that clients use.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which versions are served.</summary>
    public VersionPolicy Versions { get; init; } = VersionPolicy.Newest;

    /// <summary>The most rows of a batch. 0: the model has no batch dimension, its shapes are whole. Null until it is known from the model.</summary>
    public int? MaxBatchSize { get; init; }

    /// <summary>
    /// Whether a call with more rows than <see cref="MaxBatchSize"/> is run in parts. Not where nobody declared that size: it is a guess then, which is good enough to put small calls together, and
    /// no reason to take a large one apart.
    /// </summary>
    public bool SplitsLargeCalls { get; init; } = true;

    /// <summary>What the model takes; without the batch dimension where there is one.</summary>
    public IReadOnlyList<ModelTensor> Inputs { get; init; } = [];

    /// <summary>What the model gives to clients; without the batch dimension where there is one.</summary>
    public IReadOnlyList<ModelTensor> Outputs { get; init; } = [];

    /// <summary>Where the model runs, and how many runs at once.</summary>
    public IReadOnlyList<InstanceGroup> Instances { get; init; } = [];

    /// <summary>The name of the model file in the folder of a version.</summary>
    public string ModelFile { get; init; } = UsualModelFile;

    /// <summary>How requests are put into batches; null: not at all.</summary>
    public DynamicBatching? Batching { get; init; }

    /// <summary>The level of the graph's optimisation as Triton counts it: 0 all, 1 extended, -1 basic, 2 none.</summary>
    public int GraphLevel { get; init; }

    /// <summary>Settings of the engine, such as <c>intra_op_thread_count</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What is run before a version counts as ready.</summary>
    public IReadOnlyList<ModelWarmUp> WarmUps { get; init; } = [];

    /// <summary>What files of the model must hash to, by their paths in its folder.</summary>
    public IReadOnlyList<FileChecksum> Checksums { get; init; } = [];

    /// <summary>Reads a configuration.</summary>
    /// <param name="text">In protobuf's text format, or as JSON.</param>
    /// <param name="source">Where it comes from, as the error calls it.</param>
    /// <exception cref="OnnxModelException">The text is none, or says what is not supported: all that is wrong.</exception>
    public static ModelConfig Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ModelConfigReader.Read(text, source);
    }

    /// <summary>The configuration as JSON, its fields named as in a <c>config.pbtxt</c>.</summary>
    public System.Text.Json.Nodes.JsonObject ToJson() => ConfigJson.Write(this);
}

/// <summary>An input or output as clients see it.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="DataType">What its elements are.</param>
/// <param name="Dims">Its dimensions, without that of the batch; -1 takes any size.</param>
public sealed record ModelTensor(string Name, TensorDataType DataType, IReadOnlyList<long> Dims)
{
    /// <summary>What the dimensions of an image mean: <c>FORMAT_NONE</c>, <c>FORMAT_NHWC</c> or <c>FORMAT_NCHW</c>.</summary>
    public string Format { get; init; } = "FORMAT_NONE";

    /// <summary>The file in the model's folder with the names of the classes, one a line; empty: none.</summary>
    public string LabelFile { get; init; } = "";
}

/// <summary>Some instances of a model on one device.</summary>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Device">The kind of device.</param>
/// <param name="DeviceId">Which one of that kind.</param>
/// <param name="Count">How many runs at once.</param>
public sealed record InstanceGroup(string Name, OnnxDevice Device, int DeviceId, int Count)
{
    /// <summary>Whether the configuration leaves the device to the options of the repository; not in force any more once the model is loaded.</summary>
    public bool IsOnUsualDevice { get; init; }
}

/// <summary>A run before the first request.</summary>
/// <param name="Name">What its owner calls it.</param>
/// <param name="BatchSize">The rows; 0 and 1 are the same.</param>
/// <param name="Count">How many times it runs.</param>
/// <param name="Inputs">What is given to the inputs, by their names.</param>
public sealed record ModelWarmUp(string Name, int BatchSize, int Count, IReadOnlyDictionary<string, WarmUpInput> Inputs);

/// <summary>What a warm-up gives to one input.</summary>
/// <param name="DataType">What the elements are.</param>
/// <param name="Dims">The dimensions, without that of the batch.</param>
/// <param name="Kind">Zeros, random ones, or those of a file.</param>
/// <param name="File">The file in the model's folder <c>warmup</c> with the elements as raw bytes; empty where there is none.</param>
public sealed record WarmUpInput(TensorDataType DataType, IReadOnlyList<long> Dims, OnnxSampleKind Kind, string File);

/// <summary>What a file must hash to.</summary>
/// <param name="Algorithm">MD5 or SHA256.</param>
/// <param name="Path">The file in the model's folder, such as <c>1/model.onnx</c>.</param>
/// <param name="Value">The hash in hexadecimal digits.</param>
public sealed record FileChecksum(string Algorithm, string Path, string Value);
