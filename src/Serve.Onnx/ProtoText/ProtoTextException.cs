namespace Serve.Onnx.ProtoText;

/// <summary>A text is not protobuf's text format. The message begins with the place: line and column.</summary>
internal sealed class ProtoTextException(TextPosition position, string message) : Exception($"{position}: {message}");
