using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serve.Onnx.ProtoText;

/// <summary>What stands between quotes: <c>\n</c> and its like, octal <c>\101</c>, hexadecimal <c>\x41</c>, Unicode <c>\u00e4</c> and <c>\U0001F600</c>.</summary>
internal static class TextEscapes
{
    private const int LongestOctal = 3;
    private const int LongestHex = 2;

    /// <exception cref="ProtoTextException">There is no such escape.</exception>
    public static byte[] Read(ReadOnlySpan<char> text, TextPosition position)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(1, text.Length));
        while (!text.IsEmpty)
        {
            var plain = text.IndexOf('\\');
            if (plain != 0)
            {
                var run = plain < 0 ? text : text[..plain];
                Encoding.UTF8.GetBytes(run, bytes);
                text = text[run.Length..];
                continue;
            }

            text = ReadOne(text[1..], bytes, position);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<char> ReadOne(ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes, TextPosition position)
    {
        var c = text.IsEmpty ? '\0' : text[0];
        if (c is >= '0' and <= '7')
        {
            var digits = text[..Count(text, LongestOctal, static digit => digit is >= '0' and <= '7')];
            var value = 0;
            foreach (var digit in digits)
                value = (value << 3) | (digit - '0');
            bytes.Write([value <= byte.MaxValue ? (byte)value : throw Wrong(digits, position)]);
            return text[digits.Length..];
        }

        switch (c)
        {
            case 'x' or 'X':
                var hex = text.Slice(1, Count(text[1..], LongestHex, char.IsAsciiHexDigit));
                bytes.Write([hex.IsEmpty ? throw Wrong(text[..1], position) : byte.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)]);
                return text[(1 + hex.Length)..];
            case 'u':
                return ReadRune(text, 4, bytes, position);
            case 'U':
                return ReadRune(text, 8, bytes, position);
            default:
                bytes.Write([c switch
                {
                    'a' => (byte)'\a',
                    'b' => (byte)'\b',
                    'f' => (byte)'\f',
                    'n' => (byte)'\n',
                    'r' => (byte)'\r',
                    't' => (byte)'\t',
                    'v' => (byte)'\v',
                    '?' or '\\' or '\'' or '"' => (byte)c,
                    _ => throw Wrong(text[..Math.Min(1, text.Length)], position),
                }]);
                return text[1..];
        }
    }

    private static ReadOnlySpan<char> ReadRune(ReadOnlySpan<char> text, int length, ArrayBufferWriter<byte> bytes, TextPosition position)
    {
        var end = 1 + Count(text[1..], length, char.IsAsciiHexDigit);
        if (end != 1 + length || !Rune.TryCreate(uint.Parse(text[1..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), out var rune))
            throw Wrong(text[..end], position);
        bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
        return text[end..];
    }

    private static int Count(ReadOnlySpan<char> text, int most, Func<char, bool> isDigit)
    {
        var count = 0;
        while (count < most && count < text.Length && isDigit(text[count]))
            count++;
        return count;
    }

    private static ProtoTextException Wrong(ReadOnlySpan<char> escape, TextPosition position) => new(position, $"the string has the escape '\\{escape}', which there is not.");
}
