using System.Security.Cryptography;
using System.Text;

namespace Serve.Onnx.Repository;

/// <summary>Finds the source of a location, and brings it here.</summary>
internal static class ModelSources
{
    /// <summary>The path on this machine of what the options name.</summary>
    /// <exception cref="OnnxModelException">It can't be had.</exception>
    public static async Task<string> FetchAsync(ModelRepositoryOptions options, CancellationToken cancellationToken)
    {
        var path = await LocateAsync(options, cancellationToken);
        if (options.Sha256 is { } expected)
        {
            if (Directory.Exists(path))
                throw new OnnxModelException($"'{options.Location}' is a folder; a SHA-256 goes with one file. Write checksums of its files into {ModelFolder.ConfigName} (model_repository_agents).");
            FileHash.Check(path, "SHA256", expected);
        }

        return path;
    }

    private static async Task<string> LocateAsync(ModelRepositoryOptions options, CancellationToken cancellationToken)
    {
        // "C:\models" has no scheme, and no scheme is one letter.
        if (!options.Location.Contains("://", StringComparison.Ordinal))
            return Path.GetFullPath(options.Location);
        if (!Uri.TryCreate(options.Location, UriKind.Absolute, out var address))
            throw new OnnxModelException($"The location of the models is '{options.Location}', which is no address.");
        using var http = new HttpModelSource();
        IModelSource[] sources = [.. options.Sources, new FileModelSource(), http];
        var source = Array.Find(sources, source => source.Schemes.Contains(address.Scheme, StringComparer.OrdinalIgnoreCase))
            ?? throw new OnnxModelException($"Models can't come from '{options.Location}': there is no source for '{address.Scheme}', only for {string.Join(", ", sources.SelectMany(source => source.Schemes))}. "
                + $"Mount it as a folder, or give a source for it ({nameof(ModelRepositoryOptions)}.{nameof(ModelRepositoryOptions.Sources)}).");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)))[..32];
        var folder = Path.Combine(options.DownloadFolder ?? Path.Combine(Path.GetTempPath(), $"serve-models-{Environment.UserName}"), hash);
        CreateOwn(folder);
        return await source.FetchAsync(new ModelSourceRequest(address, folder, options.MaxDownloadBytes, options.Sha256), cancellationToken);
    }

    /// <summary>Nobody else may put a model where one is looked for.</summary>
    private static void CreateOwn(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

/// <summary>Files of this machine: <c>file:///models/digits</c>.</summary>
internal sealed class FileModelSource : IModelSource
{
    public IReadOnlyList<string> Schemes => ["file"];

    public Task<string> FetchAsync(ModelSourceRequest request, CancellationToken cancellationToken) => request.Address.IsLoopback
        ? Task.FromResult(request.Address.LocalPath)
        : throw new OnnxModelException($"'{request.Address}' names the machine '{request.Address.Host}'; a file address has none: file:///folder.");
}
