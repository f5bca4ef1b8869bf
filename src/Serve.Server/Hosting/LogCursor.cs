using System.Runtime.CompilerServices;
using System.Text;

namespace Serve.Server.Hosting;

/// <summary>A place in a log file that grows and may be rotated under it.</summary>
internal sealed class LogCursor
{
    private const int BlockLength = 64 * 1024;

    private readonly string _path;
    private readonly string _name;
    private long _position;

    private LogCursor(string path, string name, long position)
    {
        _path = path;
        _name = name;
        _position = position;
    }

    public static LogCursor AtStart(string path, string name) => new(path, name, position: 0);

    /// <summary>Before the last lines of the file.</summary>
    public static LogCursor AtTail(string path, string name, int lines)
    {
        using var file = Open(path);
        return new LogCursor(path, name, FindTail(file, lines));
    }

    /// <summary>Reads the whole lines that are there and stays before the next one.</summary>
    public async IAsyncEnumerable<string> ReadNewAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = Open(_path);
        if (file.Length < _position)
            _position = 0;
        file.Position = _position;
        var pending = new List<byte>();
        var block = new byte[BlockLength];
        int read;
        while ((read = await file.ReadAsync(block, cancellationToken)) > 0)
        {
            var start = 0;
            for (var i = 0; i < read; i++)
            {
                if (block[i] != '\n')
                    continue;
                pending.AddRange(block.AsSpan(start, i - start));
                _position += pending.Count + 1;
                start = i + 1;
                yield return $"[{_name}] {Encoding.UTF8.GetString([.. pending]).TrimEnd('\r')}";
                pending.Clear();
            }

            pending.AddRange(block.AsSpan(start, read - start));
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static long FindTail(FileStream file, int lines)
    {
        var block = new byte[BlockLength];
        var found = 0;
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - BlockLength);
            file.Position = start;
            file.ReadExactly(block, 0, (int)(end - start));
            for (var i = (int)(end - start) - 1; i >= 0; i--)
            {
                // The newline that ends the last line starts no line behind it.
                if (block[i] == '\n' && start + i != file.Length - 1 && ++found == lines)
                    return start + i + 1;
            }

            end = start;
        }

        return lines == 0 ? file.Length : 0;
    }
}
