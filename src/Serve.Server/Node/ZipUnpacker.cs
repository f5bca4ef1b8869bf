using System.IO.Compression;

namespace Serve.Server.Node;

/// <summary>
/// Unpacks a .zip that nobody has looked at: only files and folders below the target, of bounded number and size. What it refuses are names that
/// lead elsewhere, links, and archives that grow beyond measure.
/// </summary>
internal static class ZipUnpacker
{
    public const int MaxEntries = 20_000;

    /// <summary>All files together, unpacked.</summary>
    public const long MaxBytes = 8L * 1024 * 1024 * 1024;

    /// <summary>How much larger than the archive its contents may be, beyond the first <see cref="FreeBytes"/>.</summary>
    public const int MaxRatio = 200;

    public const long FreeBytes = 64L * 1024 * 1024;

    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <exception cref="InvalidDataException">The archive is broken, or holds what it may not.</exception>
    public static void Unpack(Stream zip, string name, string target)
    {
        var room = Math.Min(MaxBytes, Math.Max(FreeBytes, zip.Length * MaxRatio));
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Count > MaxEntries)
            throw new InvalidDataException($"it has {archive.Entries.Count} entries; the most is {MaxEntries}.");
        Directory.CreateDirectory(target);
        foreach (var entry in archive.Entries)
        {
            var path = Path.Combine(target, CheckedNameOf(entry));
            if (entry.FullName.EndsWith('/'))
            {
                Directory.CreateDirectory(path);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            room -= Copy(entry, path, room, name);
            MarkExecutable(entry, path);
        }
    }

    private static string CheckedNameOf(ZipArchiveEntry entry)
    {
        var name = entry.FullName;
        if (name.Length == 0 || name.StartsWith('/') || name.Contains('\\') || name.Contains(':') || name.Any(char.IsControl) || name.TrimEnd('/').Split('/').Any(part => part is "" or "." or ".."))
            throw new InvalidDataException($"the entry '{name}' has a name that does not stay below the folder, or that not every system has.");
        var type = (entry.ExternalAttributes >> 16) & FileTypeMask;
        return type is 0 or RegularFile or Folder ? name : throw new InvalidDataException($"the entry '{name}' is a link or a device; only files and folders are unpacked.");
    }

    private static long Copy(ZipArchiveEntry entry, string path, long room, string name)
    {
        // What the archive says of an entry's size need not be true.
        long written = 0;
        var buffer = new byte[80 * 1024];
        using var from = entry.Open();
        using var to = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        int read;
        while ((read = from.Read(buffer)) > 0)
        {
            written += read;
            if (written > room)
                throw new InvalidDataException($"its contents are larger than {MaxBytes >> 30} GiB, or more than {MaxRatio} times as large as '{Path.GetFileName(name)}' itself.");
            to.Write(buffer, 0, read);
        }

        return written;
    }

    /// <summary>A program stays executable; all else that an archive says of rights is not taken over.</summary>
    private static void MarkExecutable(ZipArchiveEntry entry, string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (!OperatingSystem.IsWindows() && ((entry.ExternalAttributes >> 16) & (int)UnixFileMode.UserExecute) != 0)
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | Execute);
    }
}
