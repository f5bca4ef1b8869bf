namespace Serve.Onnx.Tests;

/// <summary>The models that <c>Onnx/make-models.py</c> has made.</summary>
internal static class TestModels
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Onnx", "models", $"{name}.onnx");

    public static OnnxModel Load(string name, OnnxOptions? options = null) => new(PathOf(name), options);
}
