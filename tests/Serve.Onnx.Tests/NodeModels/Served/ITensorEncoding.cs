namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>One of the forms in which the protocol carries tensors, from a client's side; written from the protocol's text and with nothing of the server's code.</summary>
internal interface ITensorEncoding
{
    string Name { get; }

    /// <summary>Why a tensor of a type can't go in this form, or null.</summary>
    string? WhyNot(TensorDataType type);

    /// <summary>Asks a model for all its outputs. The caller disposes them.</summary>
    /// <exception cref="ServedException">The server refused.</exception>
    Task<IReadOnlyList<NamedTensor>> InferAsync(string model, IReadOnlyList<NamedTensor> inputs);
}

/// <summary>What the server said that it can't do.</summary>
internal sealed class ServedException(string message) : Exception(message);
