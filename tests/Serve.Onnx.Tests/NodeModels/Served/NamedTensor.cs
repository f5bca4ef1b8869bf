namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>An input or output as a client has it.</summary>
internal readonly record struct NamedTensor(string Name, TensorBuffer Tensor);
