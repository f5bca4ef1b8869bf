namespace Serve.Onnx.Repository;

/// <summary>The files of a model that came with a request, in a folder of their own for as long as it is loaded from there.</summary>
internal sealed class UploadedModel : IDisposable
{
    private const int MostFiles = 1000;
    private const int LongestName = 255;

    private readonly string _root;

    /// <exception cref="OnnxModelException">The name can't be a model's, or a path leads elsewhere.</exception>
    public UploadedModel(string name, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        if (name.Length is 0 or > LongestName || name.Any(static c => char.IsControl(c) || c is '/' or '\\') || name.StartsWith('.'))
            throw new OnnxModelException($"'{name}' can't be the name of a model: it must have 1 to {LongestName} characters, no slashes, and no point at its beginning.");
        if (files.Count > MostFiles)
            throw new OnnxModelException($"The model '{name}' comes with {files.Count} files; {MostFiles} are allowed.");
        _root = Directory.CreateTempSubdirectory("serve-model-").FullName;
        try
        {
            foreach (var (relative, bytes) in files)
            {
                var path = RepositoryPath.Inside(_root, relative, "The path of a file of the request");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var file = new FileStream(path, FileMode.CreateNew);
                file.Write(bytes.Span);
            }

            Folder = ModelLayout.OfFolder(_root) with { Name = name };
        }
        catch (IOException exception)
        {
            Dispose();
            throw new OnnxModelException($"The files of the model '{name}' can't be written: {exception.Message}", exception);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ModelFolder Folder { get; }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
