namespace Profile;

/// <summary>A temporary folder for traces, gone at the end.</summary>
internal sealed class TraceFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("serve-profile-").FullName;

    public string FileOf(string process) => Path.Combine(_path, $"{process}.nettrace");

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
