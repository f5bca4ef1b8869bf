using System.Text.Json.Nodes;

namespace Serve.Cli.Config;

/// <summary>Paths of models on the command line and in the args of <c>builtin:model-server</c>.</summary>
internal static class ModelPaths
{
    private const string Repository = "model_repository";

    /// <summary>How deep models lie: repository/model/version/model.onnx/model.onnx.</summary>
    private static readonly EnumerationOptions InRepository = new() { RecurseSubdirectories = true, MaxRecursionDepth = 3, IgnoreInaccessible = true };

    /// <summary>Whether a target of <c>serve run</c> is a model or a folder with models: an .onnx file, one on a web server, or a folder with such files and without a project.</summary>
    public static bool AreModels(string path)
    {
        if (IsAddress(path) || Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
            return IsAddress(path) || File.Exists(path);
        return Directory.Exists(path) && !Directory.EnumerateFiles(path, "*.*proj").Any() && Directory.EnumerateFileSystemEntries(path, "*.onnx", InRepository).Any();
    }

    /// <summary>The args that serve them.</summary>
    public static JsonObject ArgsOf(string path) => new() { [Repository] = IsAddress(path) ? path : Path.GetFullPath(path) };

    /// <summary>The args with the paths in them made absolute, since the program runs elsewhere. What is no text stays, for the program to complain of.</summary>
    public static JsonObject Resolve(string folder, JsonObject args)
    {
        var resolved = args.DeepClone().AsObject();
        Resolve(folder, resolved, Repository);
        Resolve(folder, resolved, "optimized_model_folder");
        foreach (var (_, model) in resolved["models"] as JsonObject ?? [])
        {
            Resolve(folder, model as JsonObject, "path");
            Resolve(folder, model as JsonObject, "optimized_model_folder");
        }

        return resolved;
    }

    private static void Resolve(string folder, JsonObject? values, string name)
    {
        if (values?[name] is JsonValue value && value.TryGetValue<string>(out var path) && path.Length > 0 && !IsAddress(path))
            values[name] = Path.GetFullPath(path, folder);
    }

    private static bool IsAddress(string path) => path.Contains("://", StringComparison.Ordinal);
}
