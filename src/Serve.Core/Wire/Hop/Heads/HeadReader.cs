using System.Text;

namespace Serve.Wire.Hop.Heads;

/// <summary>Reads what <see cref="HeadWriter"/> wrote.</summary>
internal ref struct HeadReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly bool IsAtEnd => _left.IsEmpty;

    /// <summary>How many bytes are still to be read.</summary>
    public readonly int Left => _left.Length;

    /// <exception cref="HopProtocolException">The head ends too early, or is none.</exception>
    public ulong ReadNumber()
    {
        const int LastShift = 63;
        ulong number = 0;
        for (var shift = 0; shift <= LastShift; shift += 7)
        {
            if (_left.IsEmpty)
                throw Malformed();
            var next = _left[0];
            _left = _left[1..];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw Malformed();
    }

    /// <exception cref="HopProtocolException">The head ends too early, or is none.</exception>
    public string ReadText() => Decode(ReadBytes());

    /// <summary>A text that may be missing: an empty one stands for none.</summary>
    /// <exception cref="HopProtocolException">The head ends too early, or is none.</exception>
    public string? ReadOptionalText() => ReadBytes() is { IsEmpty: false } text ? Decode(text) : null;

    /// <exception cref="HopProtocolException">The head ends too early, or is none.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadNumber();
        if (length > (ulong)_left.Length)
            throw Malformed();
        var read = _left[..(int)length];
        _left = _left[(int)length..];
        return read;
    }

    /// <exception cref="HopProtocolException">The head ends too early, or is none.</exception>
    public (string Name, string Value) ReadHeader()
    {
        var number = ReadNumber();
        var name = number == 0 ? ReadText() : KnownHeaders.NameOf(number) ?? throw Malformed();
        return (name, ReadText());
    }

    public static HopProtocolException Malformed() => new("a head that can't be read");

    private static string Decode(ReadOnlySpan<byte> text) => text.IsEmpty ? "" : Encoding.UTF8.GetString(text);
}
