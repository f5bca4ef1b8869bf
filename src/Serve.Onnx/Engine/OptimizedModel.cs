using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx.Engine;

/// <summary>
/// The graph of a model as ONNX Runtime has rewritten it, kept in a folder. Its name is a hash of all that it depends on, so a change of the model, of the options or of ONNX
/// Runtime finds nothing and writes a new one. It appears by a rename, whole, whoever else writes the same.
/// </summary>
internal sealed class OptimizedModel : IDisposable
{
    private readonly string _path;
    private readonly string? _temporary;

    private OptimizedModel(string path, bool isThere)
    {
        _path = path;
        _temporary = isThere ? null : $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
    }

    /// <summary>What to load instead of the model, or null.</summary>
    public string? LoadPath => _temporary is null ? _path : null;

    public static OptimizedModel? Find(string path, OnnxOptions options, OnnxDevice device)
    {
        if (options.OptimizedModelFolder is not { } folder || options.GraphOptimization == GraphOptimizationLevel.ORT_DISABLE_ALL)
            return null;
        try
        {
            Directory.CreateDirectory(folder);
            var kept = Path.Combine(Path.GetFullPath(folder), $"{Path.GetFileNameWithoutExtension(path)}-{HashOf(path, options, device)}.onnx");
            return new OptimizedModel(kept, File.Exists(kept));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OnnxModelException($"The rewritten graph of '{path}' can't be kept in '{folder}' ({nameof(options.OptimizedModelFolder)}): {exception.Message}", exception);
        }
    }

    /// <summary>A graph that is there needs no rewriting; one that is not is written while the session is made.</summary>
    public void Prepare(SessionOptions sessionOptions)
    {
        if (_temporary is null)
            sessionOptions.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        else
            sessionOptions.OptimizedModelFilePath = _temporary;
    }

    public void Keep()
    {
        if (_temporary is not null)
            File.Move(_temporary, _path, overwrite: true);
    }

    public void Dispose()
    {
        if (_temporary is not null)
            File.Delete(_temporary);
    }

    private static string HashOf(string path, OnnxOptions options, OnnxDevice device)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var file = File.OpenRead(path))
            hash.AppendData(SHA256.HashData(file));
        var rest = $"{path}|{options.GraphOptimization}|{device}|{options.Revision}|{string.Join(';', options.CustomOpLibraries)}|{OrtEnv.Instance().GetVersionString()}|{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture}";
        hash.AppendData(Encoding.UTF8.GetBytes(rest));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }
}
