using System.Globalization;
using System.Text;
using Serve.Admin;

namespace Serve.Server.Hosting;

/// <summary>
/// A server's folder on disk. At most one process holds its controller and one its node, and these may be two. Each has a short private
/// folder for its sockets beside it.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private const string ControllerPart = "controller";
    private const string NodePart = "node";

    private readonly ServerRole _role;
    private readonly List<FileStream> _locks;

    private DataFolder(string path, ServerRole role, List<FileStream> locks, string runFolder)
    {
        Path = path;
        _role = role;
        _locks = locks;
        RunFolder = runFolder;
    }

    public string Path { get; }

    /// <summary>For sockets: a path of theirs has at most 107 bytes, so they can't lie in the data folder itself.</summary>
    public string RunFolder { get; }

    private string AddressesFile => System.IO.Path.Combine(Path, _role == ServerRole.Node ? ServerAddresses.NodeFile : ServerAddresses.ServerFile);

    /// <summary>Takes a folder, made where it is missing.</summary>
    /// <exception cref="InvalidOperationException">Another process has it.</exception>
    public static DataFolder Open(string path, ServerRole role)
    {
        path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var parts = PartsOf(role);
        var locks = new List<FileStream>();
        try
        {
            foreach (var part in parts)
                locks.Add(TakeLock(path, part));
            foreach (var part in parts)
                DeleteRunFolder(NoteOf(path, part));
            var runFolder = Directory.CreateTempSubdirectory("serve-").FullName;
            File.WriteAllText(NoteOf(path, parts[0]), runFolder);
            return new DataFolder(path, role, locks, runFolder);
        }
        catch
        {
            locks.ForEach(static taken => taken.Dispose());
            throw;
        }
    }

    /// <summary>Writes down where the process listens, for whoever knows the folder.</summary>
    public void WriteAddresses(ServerAddresses addresses)
    {
        File.WriteAllBytes(AddressesFile + ".new", addresses.ToJson());
        File.Move(AddressesFile + ".new", AddressesFile, overwrite: true);
    }

    public void Dispose()
    {
        File.Delete(AddressesFile);
        DeleteRunFolder(NoteOf(Path, PartsOf(_role)[0]));
        _locks.ForEach(static taken => taken.Dispose());
    }

    private static string[] PartsOf(ServerRole role) => role switch
    {
        ServerRole.Controller => [ControllerPart],
        ServerRole.Node => [NodePart],
        _ => [ControllerPart, NodePart],
    };

    private static string NoteOf(string path, string part) => System.IO.Path.Combine(path, $"{part}.run");

    private static FileStream TakeLock(string path, string part)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(System.IO.Path.Combine(path, $"{part}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException($"The data folder '{path}' is in use by another server's {part}; stop it, or give another folder with --data-dir.", exception);
        }

        stream.SetLength(0);
        stream.Write(Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        stream.Flush();
        return stream;
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
