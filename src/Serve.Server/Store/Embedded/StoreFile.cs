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
    private readonly Action? _beforeWrite;
    private readonly MemoryStream _buffer = new();
    private SafeFileHandle _file;
    private long _length;

    /// <summary>The block of revisions that the file knows to be in use, or -1 where it is empty.</summary>
    private long _block;

    /// <summary>The length at which the file is rewritten. Nobody knows how much of a file just opened is history: the first write finds out.</summary>
    private long _rewriteAt = SmallestRewrite;

    private StoreFile(string path, SafeFileHandle file, long length, long block, Action? beforeWrite)
    {
        _path = path;
        _file = file;
        _length = length;
        _block = block;
        _beforeWrite = beforeWrite;
    }

    /// <summary>Opens the file of a folder, or makes it, and gives back what it holds.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="state">Takes up what the file holds.</param>
    /// <param name="beforeWrite">Called before each write; what it throws counts as the write's failure. For tests.</param>
    /// <exception cref="InvalidDataException">The file is damaged in a place that no crash explains.</exception>
    public static StoreFile Open(string folder, StoreState state, Action? beforeWrite = null)
    {
        var path = Path.Combine(folder, FileName);
        var isNew = !File.Exists(path);
        var bytes = isNew ? [] : File.ReadAllBytes(path);
        var end = Replay(path, bytes, state);
        var file = OpenForAppend(path);
        RandomAccess.SetLength(file, end);
        if (isNew)
            Posix.FlushFolder(folder);
        var store = new StoreFile(path, file, end, end == 0 ? -1 : state.Revision / StoreState.BlockLength, beforeWrite);
        if (end > 0)
            state.SkipToNextBlock();
        return store;
    }

    /// <summary>Whether a write may succeed when it is tried again.</summary>
    public static bool IsWriteFailure(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Whether the file must hear of a revision although no change asks for it: the next opening would give it again.</summary>
    public bool IsBehind(long revision) => revision % StoreState.BlockLength > 0 && revision / StoreState.BlockLength > _block;

    /// <summary>Appends changes as one record: a crash leaves all of them or none.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="state">The store's contents with them.</param>
    /// <param name="mustFlush">Whether they must be on the disk when this returns. Otherwise they outlive this process, but perhaps not the machine.</param>
    public void Append(IReadOnlyList<StoreRecordEntry> changes, StoreState state, bool mustFlush)
    {
        _beforeWrite?.Invoke();
        if (_file.IsClosed)
            Reopen();
        Encode(new StoreRecord(StoreRecordKind.Changes, state.Revision, changes));
        RandomAccess.Write(_file, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length), _length);
        if (mustFlush)
            RandomAccess.FlushToDisk(_file);
        _length += _buffer.Length;
        _block = state.Revision / StoreState.BlockLength;
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
            state.Replay(record);
            at += length;
        }

        if (IsDamaged(bytes.AsMemory(at)))
            throw new InvalidDataException(
                $"The store '{path}' is damaged at byte {at} of {bytes.Length}, and not by a crash, which only cuts the last change off. Put a copy back, or move the file away to start empty.");
        return at;
    }

    /// <summary>
    /// A crash can only cut the last write off. A broken snapshot, which was whole before it got its name, and whole records after a
    /// broken one mean that the disk changed under us.
    /// </summary>
    private static bool IsDamaged(ReadOnlyMemory<byte> rest)
    {
        if (StoreRecord.LooksLikeASnapshot(rest.Span))
            return true;
        for (var skip = 1; skip < rest.Length; skip++)
        {
            if (StoreRecord.Read(rest[skip..], out _) is not null)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Replaces the file by a snapshot. Where that fails the old file goes on, since what was to be written is in it, and the next attempt
    /// comes when it has doubled.
    /// </summary>
    private void Rewrite(StoreState state)
    {
        var temporary = _path + ".new";
        _rewriteAt = 2 * _length;
        try
        {
            Encode(new StoreRecord(StoreRecordKind.Snapshot, state.Revision, [.. state.Durable]));
            WriteWhole(temporary);
            _file.Dispose();
            File.Move(temporary, _path, overwrite: true);
            Posix.FlushFolder(Path.GetDirectoryName(_path)!);
            _rewriteAt = Math.Max(SmallestRewrite, 4 * _buffer.Length);
            Reopen();
        }
        catch (Exception exception) when (IsWriteFailure(exception))
        {
            // Where the file could not be opened again either, the next write tries to.
        }
    }

    private void Encode(StoreRecord record)
    {
        _buffer.SetLength(0);
        record.AppendTo(_buffer);
    }

    private void WriteWhole(string path)
    {
        using var file = OpenForAppend(path);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, _buffer.GetBuffer().AsSpan(0, (int)_buffer.Length), 0);
        RandomAccess.FlushToDisk(file);
    }

    private void Reopen()
    {
        _file = OpenForAppend(_path);
        _length = RandomAccess.GetLength(_file);
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
