namespace Serve.Cli;

/// <summary>The data folder of a command; a temporary one is deleted with it.</summary>
internal sealed class WorkFolder(string path, bool isTemporary) : IDisposable
{
    public string Path { get; } = path;

    public static WorkFolder CreateTemporary() => new(Directory.CreateTempSubdirectory("serve-data-").FullName, isTemporary: true);

    public void Dispose()
    {
        if (isTemporary && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
