using System.Globalization;

namespace Serve.OpenInference;

/// <summary>The parameters of a request to load a model: <c>config</c> is a ModelConfig as JSON, and <c>file:1/model.onnx</c> a file of the model, which needs the former.</summary>
internal static class LoadParameters
{
    public const string FilePrefix = "file:";

    private const string Config = "config";

    /// <param name="model">The model.</param>
    /// <param name="parameters">The parameters; a file is bytes.</param>
    /// <exception cref="ServeException">There is one that nobody knows, or one is missing.</exception>
    public static ModelLoad Read(string model, IEnumerable<KeyValuePair<string, object>> parameters)
    {
        string? config = null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (name == Config)
                config = value as string ?? throw TensorRules.Wrong($"parameters.{Config} is {Describe(value)}; it must be a text, the ModelConfig as JSON.");
            else if (name.StartsWith(FilePrefix, StringComparison.Ordinal) && value is ReadOnlyMemory<byte> bytes)
                files.Add(name[FilePrefix.Length..], bytes);
            else
                throw TensorRules.Wrong($"parameters.{TensorRules.Shorten(name)} is nothing that a load knows; there are {Config}, and {FilePrefix}<version>/<name> for the files of the model.");
        }

        if (files.Count > 0 && config is null)
            throw TensorRules.Wrong($"parameters.{FilePrefix}{TensorRules.Shorten(files.Keys.First())} needs parameters.{Config} beside it: files of a model come with its configuration.");
        return new ModelLoad(model, config, files);
    }

    private static string Describe(object value) => value is ReadOnlyMemory<byte> bytes ? $"{bytes.Length} bytes" : string.Create(CultureInfo.InvariantCulture, $"{value}");
}
