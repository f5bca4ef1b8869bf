using System.Globalization;
using Serve.Admin;

namespace Serve.Server.Hosting;

/// <summary>A server's folder on disk, held by one process at a time, with a short private folder for its sockets beside it.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockName = "lock";
    private const string RunFolderName = "run-folder";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockFile, string runFolder)
    {
        Path = path;
        _lock = lockFile;
        RunFolder = runFolder;
    }

    public string Path { get; }

    /// <summary>For sockets: a path of theirs has at most 107 bytes, so they can't lie in the data folder itself.</summary>
    public string RunFolder { get; }

    /// <summary>Takes a folder, made where it is missing.</summary>
    /// <exception cref="InvalidOperationException">Another process has it.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var lockFile = TakeLock(path);
        var note = System.IO.Path.Combine(path, RunFolderName);
        DeleteRunFolder(note);
        var runFolder = Directory.CreateTempSubdirectory("serve-").FullName;
        File.WriteAllText(note, runFolder);
        return new DataFolder(path, lockFile, runFolder);
    }

    /// <summary>Writes down where the server listens, for whoever knows the folder.</summary>
    public void WriteAddresses(ServerAddresses addresses)
    {
        var file = System.IO.Path.Combine(Path, ServerAddresses.FileName);
        File.WriteAllBytes(file + ".new", addresses.ToJson());
        File.Move(file + ".new", file, overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(System.IO.Path.Combine(Path, ServerAddresses.FileName));
        DeleteRunFolder(System.IO.Path.Combine(Path, RunFolderName));
        _lock.Dispose();
    }

    private static FileStream TakeLock(string path)
    {
        var file = System.IO.Path.Combine(path, LockName);
        try
        {
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            stream.SetLength(0);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            stream.Flush();
            return stream;
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException($"The data folder '{path}' is in use by another server; stop it, or give another folder with --data-dir.", exception);
        }
    }

    /// <summary>Deletes the run folder that the note names, but only one that this program can have made.</summary>
    private static void DeleteRunFolder(string note)
    {
        if (!File.Exists(note))
            return;
        var folder = File.ReadAllText(note);
        var isOurs = System.IO.Path.GetFileName(folder).StartsWith("serve-", StringComparison.Ordinal)
            && System.IO.Path.GetDirectoryName(folder) == System.IO.Path.GetTempPath().TrimEnd(System.IO.Path.DirectorySeparatorChar);
        if (isOurs && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        File.Delete(note);
    }
}
