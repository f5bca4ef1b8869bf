using System.Buffers;
using System.Text;

namespace Serve.Wire.Hop.Heads;

/// <summary>
/// Builds a head in pooled memory. Numbers are LEB128; texts are a number of bytes and UTF-8. Take one with <see cref="Rent"/>, dispose it
/// when the head was sent.
/// </summary>
internal sealed class HeadWriter : IDisposable
{
    private const int FirstSize = 1024;

    [ThreadStatic]
    private static HeadWriter? _cached;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    private HeadWriter()
    {
    }

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, _length);

    public static HeadWriter Rent()
    {
        var writer = _cached ?? new HeadWriter();
        _cached = null;
        writer._length = 0;
        return writer;
    }

    /// <exception cref="ServeException">The head is over the bound.</exception>
    public void WriteNumber(ulong number)
    {
        const int Longest = 10;
        Reserve(Longest);
        while (number >= 0x80)
        {
            _bytes[_length++] = (byte)(number | 0x80);
            number >>= 7;
        }

        _bytes[_length++] = (byte)number;
    }

    /// <exception cref="ServeException">The head is over the bound.</exception>
    public void WriteText(ReadOnlySpan<char> text)
    {
        // What is short needs one byte for its length, however its letters are encoded.
        const int OneByteLength = 0x7F / 3;
        if (text.Length <= OneByteLength)
        {
            Reserve(1 + (3 * text.Length));
            var count = Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length + 1));
            _bytes[_length] = (byte)count;
            _length += 1 + count;
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteNumber((ulong)length);
        Reserve(length);
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    /// <summary>A header: its name by its number in <see cref="KnownHeaders"/>, or 0 and its text; then its value.</summary>
    /// <exception cref="ServeException">The head is over the bound.</exception>
    public void WriteHeader(string name, ReadOnlySpan<char> value)
    {
        var number = KnownHeaders.NumberOf(name);
        WriteNumber((ulong)number);
        if (number == 0)
            WriteText(name);
        WriteText(value);
    }

    public void Dispose() => _cached = this;

    private void Reserve(int count)
    {
        if (_bytes.Length - _length >= count)
            return;
        if (_length + count > HopLimits.MaxHead)
            throw new ServeException(ServeError.BadRequest, $"The headers are over the bound of {HopLimits.MaxHead} bytes between Serve's processes.");
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + count));
        WrittenSpan.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
