using Microsoft.Win32.SafeHandles;
using Serve.Server.Platform;

namespace Serve.Server.Store.Embedded;

/// <summary>
/// The embedded store's file: records are appended and flushed to the disk before they count. When most of it is history it is
/// rewritten as one snapshot beside the old file and renamed over it, so that a crash leaves one or the other.
/// </summary>
internal sealed class StoreFile : IDisposable
{
    private const string FileName = "store.log";
    private const long SmallestRewrite = 1024 * 1024;

    private readonly string _path;
    private readonly MemoryStream _buffer = new();
    private SafeFileHandle _file;
    private long _length;
    private long _rewriteAt;

    private StoreFile(string path, SafeFileHandle file, long length)
    {
        _path = path;
        _file = file;
        _length = length;
        _rewriteAt = Math.Max(SmallestRewrite, 4 * length);
    }

    /// <summary>Opens the file of a folder, or makes it, and gives back what it holds.</summary>
    /// <exception cref="InvalidDataException">The file is damaged in a place that no crash explains.</exception>
    public static StoreFile Open(string folder, StoreState state)
    {
        var path = Path.Combine(folder, FileName);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var end = Replay(path, bytes, state);
        var file = OpenForAppend(path);
        RandomAccess.SetLength(file, end);
        return new StoreFile(path, file, end);
    }

    /// <summary>Appends records and returns when they are on the disk.</summary>
    public void Append(IReadOnlyList<StoreRecord> records, StoreState state)
    {
        _buffer.SetLength(0);
        foreach (var record in records)
            record.AppendTo(_buffer);
        RandomAccess.Write(_file, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length), _length);
        RandomAccess.FlushToDisk(_file);
        _length += _buffer.Length;
        if (_length >= _rewriteAt)
            Rewrite(state);
    }

    public void Dispose()
    {
        _file.Dispose();
        _buffer.Dispose();
    }

    private static int Replay(string path, byte[] bytes, StoreState state)
    {
        var at = 0;
        while (StoreRecord.Read(bytes.AsMemory(at), out var length) is { } record)
        {
            Replay(record, state);
            at += length;
        }

        if (IsFollowedByARecord(bytes.AsMemory(at)))
            throw new InvalidDataException(
                $"The store '{path}' is damaged at byte {at} of {bytes.Length}: records follow it, so it is no write that a crash cut off. Put a copy back, or move the file away to start empty.");
        return at;
    }

    /// <summary>A crash can only cut the last write off; whole records after a broken one mean that the disk changed under us.</summary>
    private static bool IsFollowedByARecord(ReadOnlyMemory<byte> rest)
    {
        const int SmallestPayload = 13;
        for (var skip = 1; skip <= rest.Length - StoreRecord.PrefixLength - SmallestPayload; skip++)
        {
            if (StoreRecord.Read(rest[skip..], out var length) is not null && length >= StoreRecord.PrefixLength + SmallestPayload)
                return true;
        }

        return false;
    }

    private static void Replay(StoreRecord record, StoreState state)
    {
        if (record.Kind == StoreRecordKind.Snapshot)
        {
            foreach (var (key, created, value) in record.Entries)
                state.Restore(new StoreEntry(key, value!, created, record.Revision, LeaseId.None));
            state.RestoreRevision(record.Revision);
        }
        else
        {
            state.Apply([.. record.Entries.Select(entry => new StoreChange(entry.Key, entry.Value))], record.Revision);
        }
    }

    /// <summary>Replaces the file by a snapshot. Where that fails the old file goes on, and the next attempt comes when it has doubled.</summary>
    private void Rewrite(StoreState state)
    {
        var snapshot = new StoreRecord(StoreRecordKind.Snapshot, state.Revision, [.. state.Durable.Select(entry => (entry.Key, entry.CreateRevision, (byte[]?)entry.Value))]);
        var temporary = _path + ".new";
        _rewriteAt = 2 * _length;
        try
        {
            WriteWhole(temporary, snapshot);
        }
        catch (IOException)
        {
            return;
        }

        _file.Dispose();
        try
        {
            File.Move(temporary, _path, overwrite: true);
            Posix.FlushFolder(Path.GetDirectoryName(_path)!);
        }
        finally
        {
            _file = OpenForAppend(_path);
            _length = RandomAccess.GetLength(_file);
        }

        _rewriteAt = Math.Max(SmallestRewrite, 4 * _length);
    }

    private void WriteWhole(string path, StoreRecord record)
    {
        _buffer.SetLength(0);
        record.AppendTo(_buffer);
        using var file = OpenForAppend(path);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length), 0);
        RandomAccess.FlushToDisk(file);
    }

    private static SafeFileHandle OpenForAppend(string path)
    {
        var isNew = !File.Exists(path);
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (isNew && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return handle;
    }
}
