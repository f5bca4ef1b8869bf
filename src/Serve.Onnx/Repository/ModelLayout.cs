using System.Globalization;

namespace Serve.Onnx.Repository;

/// <summary>
/// Finds the models of a place, which is one of:
/// <code>
/// digits.onnx                                 one model, version 1
/// digits/1/model.onnx, digits/config.pbtxt    one model with versions; or digits/model.onnx, version 1
/// models/digits/1/model.onnx, …               a repository: each folder is a model, each .onnx file too
/// </code>
/// All names come from what is there: none that a request or a configuration says is ever put into a path to find a model.
/// </summary>
internal static class ModelLayout
{
    private const string Ending = ".onnx";

    /// <exception cref="OnnxModelException">There is no such place, two models would have one name, or there is not the one model that the options speak of.</exception>
    public static IReadOnlyList<ModelFolder> Find(string path, ModelRepositoryOptions options)
    {
        var models = Find(path);
        if (options.ModelName is null && options.ModelConfig is null)
            return models;
        return models is [var only]
            ? [options.ModelName is { } name ? only with { Name = name } : only]
            : throw new OnnxModelException($"There are {models.Count} models at '{path}', but one is to be served from there{(options.ModelName is { } wanted ? $", as '{wanted}'" : "")}: give the path of one.");
    }

    /// <exception cref="OnnxModelException">There is no such place, or two models would have one name.</exception>
    public static IReadOnlyList<ModelFolder> Find(string path)
    {
        if (File.Exists(path))
            return path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) ? [OfFile(path)] : throw new OnnxModelException($"The model file '{path}' must end with {Ending}.");
        if (!Directory.Exists(path))
            throw new OnnxModelException($"The models '{path}' don't exist: it must be an .onnx file, the folder of a model, or a folder of models.");
        if (IsModel(path))
            return [OfFolder(path)];
        var models = Directory.EnumerateFileSystemEntries(path)
            .Where(static entry => !Path.GetFileName(entry).StartsWith('.'))
            .Where(static entry => Directory.Exists(entry) || entry.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            .Select(static entry => Directory.Exists(entry) ? OfFolder(entry) : OfFile(entry))
            .OrderBy(static model => model.Name, StringComparer.Ordinal)
            .ToArray();
        var twice = models.GroupBy(static model => model.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1);
        return twice is null ? models : throw new OnnxModelException($"There are two models named '{twice.Key}' in '{path}': a file and a folder. Rename one of them.");
    }

    private static bool IsModel(string folder) =>
        File.Exists(Path.Combine(folder, ModelFolder.ConfigName)) || File.Exists(Path.Combine(folder, Config.ModelConfig.UsualModelFile)) || VersionsOf(folder).Count > 0;

    private static ModelFolder OfFile(string path)
    {
        var full = Path.GetFullPath(path);
        return new ModelFolder(Path.GetFileNameWithoutExtension(full), Path.GetDirectoryName(full)!, new Dictionary<long, string> { [ModelFolder.OnlyVersion] = full });
    }

    /// <summary>The folder of a model.</summary>
    public static ModelFolder OfFolder(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var versions = VersionsOf(full);
        if (versions.Count == 0 && Directory.EnumerateFiles(full, $"*{Ending}").Any())
            versions[ModelFolder.OnlyVersion] = full;
        return new ModelFolder(Path.GetFileName(full), full, versions);
    }

    /// <summary>The folders whose names are numbers from 1, without zeros before them: the rest is not a version and is not looked at.</summary>
    private static Dictionary<long, string> VersionsOf(string folder)
    {
        var versions = new Dictionary<long, string>();
        foreach (var path in Directory.EnumerateDirectories(folder))
        {
            var name = Path.GetFileName(path);
            if (name[0] != '0' && long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                versions[version] = path;
        }

        return versions;
    }
}
