namespace Serve.OpenInference;

/// <summary>What clients are told about the server.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
public sealed record ServerDescription(string Name, string Version)
{
    /// <summary>Extensions of the protocol that the models honour beside those of the endpoints themselves, such as <c>schedule_policy</c>.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];
}

/// <summary>What a model takes and gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that this is about.</param>
/// <param name="Versions">All versions that take requests.</param>
/// <param name="Platform">What kind of model it is, such as <c>onnxruntime_onnx</c>.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it gives.</param>
public sealed record ModelDescription(
    string Name, string Version, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorDescription> Inputs, IReadOnlyList<TensorDescription> Outputs)
{
    /// <summary>Whatever else there is to say.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">What its elements are.</param>
/// <param name="Shape">Its dimensions with that of the batch, outermost first; -1 takes any size.</param>
public sealed record TensorDescription(string Name, TensorDataType DataType, IReadOnlyList<long> Shape)
{
    /// <summary>The names of the classes that an output has scores of; empty where it has none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}
