using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Serve.Server.Node;

/// <summary>
/// Keeps what a worker writes: the whole in a file of bounded size with one predecessor, the last bytes in memory for error messages.
/// </summary>
internal sealed class WorkerLog : IDisposable
{
    private const int MaxFileLength = 10 * 1024 * 1024;
    private const int TailLength = 8 * 1024;
    private const int MaxLineLength = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Action<string>? _onLine;
    private readonly byte[] _tail = new byte[TailLength];
    private SafeFileHandle _file;
    private long _length;
    private long _total;

    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="name">The worker's name, for <paramref name="onLine"/>.</param>
    /// <param name="onLine">Told each line, or null.</param>
    /// <param name="isFresh">Whether what the file holds already is thrown away.</param>
    public WorkerLog(string path, string name, Action<string, string>? onLine, bool isFresh = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (isFresh)
            File.Delete(path);
        _path = path;
        _onLine = onLine is null ? null : line => onLine(name, line);
        _file = Open();
    }

    /// <summary>Takes up all output of a process until it ends.</summary>
    /// <param name="process">The process.</param>
    /// <param name="onLine">Told each line, from several threads.</param>
    public Task PumpAsync(ILaunchedProcess process, Action<string>? onLine = null) => Task.WhenAll(process.Outputs.Select(output => PumpAsync(output, onLine ?? _onLine)));

    /// <summary>The last whole lines.</summary>
    public string Tail(int lines)
    {
        byte[] bytes;
        lock (_lock)
        {
            var count = (int)Math.Min(_total, TailLength);
            bytes = new byte[count];
            for (var i = 0; i < count; i++)
                bytes[i] = _tail[(_total - count + i) % TailLength];
        }

        var text = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'));
        return string.Join('\n', text.TakeLast(lines));
    }

    /// <summary>Adds a line of the agent's own.</summary>
    public void Write(string line)
    {
        Append(Encoding.UTF8.GetBytes(line + '\n'));
        _onLine?.Invoke(line);
    }

    public void Dispose()
    {
        lock (_lock)
            _file.Dispose();
    }

    private async Task PumpAsync(Stream output, Action<string>? onLine)
    {
        var buffer = new byte[8192];
        using var lines = new MemoryStream();
        try
        {
            int read;
            while ((read = await output.ReadAsync(buffer)) > 0)
            {
                Append(buffer.AsSpan(0, read));
                if (onLine is not null)
                    TellLines(lines, buffer.AsSpan(0, read), onLine);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process and its pipe are gone.
        }
    }

    private static void TellLines(MemoryStream pending, ReadOnlySpan<byte> bytes, Action<string> onLine)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var part = end < 0 ? bytes : bytes[..end];
            pending.Write(part[..Math.Min(part.Length, MaxLineLength - (int)Math.Min(pending.Length, MaxLineLength))]);
            if (end < 0)
                return;
            onLine(Encoding.UTF8.GetString(pending.GetBuffer(), 0, (int)pending.Length).TrimEnd('\r'));
            pending.SetLength(0);
            bytes = bytes[(end + 1)..];
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_file.IsClosed)
                return;
            if (_length + bytes.Length > MaxFileLength)
                Rotate();
            RandomAccess.Write(_file, bytes, _length);
            _length += bytes.Length;
            foreach (var one in bytes[Math.Max(0, bytes.Length - TailLength)..])
                _tail[_total++ % TailLength] = one;
        }
    }

    private void Rotate()
    {
        _file.Dispose();
        File.Move(_path, _path + ".1", overwrite: true);
        _file = Open();
    }

    private SafeFileHandle Open()
    {
        var file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(file);
        return file;
    }
}
