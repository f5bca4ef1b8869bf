using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serve.Onnx.Repository;

/// <summary>A model as it lies on the disk.</summary>
/// <param name="Name">The name under which it is served: that of its folder, or of its file without the ending.</param>
/// <param name="Root">The folder in which all that its configuration names has to lie.</param>
/// <param name="Versions">The folder of each version, or the file itself.</param>
internal sealed record ModelFolder(string Name, string Root, IReadOnlyDictionary<long, string> Versions)
{
    public const string ConfigName = "config.pbtxt";

    /// <summary>A model of one file has one version.</summary>
    public const long OnlyVersion = 1;

    private const int MostFiles = 10_000;

    /// <summary>Where its configuration is, or would be. A model that is one file has none.</summary>
    public string? ConfigPath => Versions.Values.Any(File.Exists) ? null : Path.Combine(Root, ConfigName);

    /// <summary>The text of its configuration, or null.</summary>
    public string? ReadConfig() => ConfigPath is { } path && File.Exists(path) ? File.ReadAllText(path) : null;

    /// <summary>Changes when any file of a version does: by name, size or time.</summary>
    public string FingerprintOf(long version) => FingerprintOf([Versions[version]]);

    /// <summary>Changes when any file of the model does.</summary>
    public string Fingerprint() => FingerprintOf([.. Versions.Values, .. ConfigPath is { } path ? [path] : Array.Empty<string>()]);

    private static string FingerprintOf(IEnumerable<string> paths)
    {
        var files = paths.SelectMany(FilesOf).Take(MostFiles).Order(StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var path in files)
        {
            var file = new FileInfo(path);
            // A link's own size and time don't change when what it leads to does.
            if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
            if (file.Exists)
                text.Append(CultureInfo.InvariantCulture, $"{path}|{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static IEnumerable<string> FilesOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : File.Exists(path) ? [path] : [];
}
