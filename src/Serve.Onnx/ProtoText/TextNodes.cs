using System.Globalization;
using System.Text;

namespace Serve.Onnx.ProtoText;

/// <summary>A place in a text, both counted from 1.</summary>
internal readonly record struct TextPosition(int Line, int Column)
{
    public override string ToString() => $"line {Line}, column {Column}";
}

/// <summary>A value of a field.</summary>
internal abstract class TextValue(TextPosition position)
{
    public TextPosition Position { get; } = position;

    /// <summary>As an error message calls it.</summary>
    public abstract string Kind { get; }
}

/// <summary>The fields between braces, or those of a whole text, in their order.</summary>
internal sealed class TextMessage(TextPosition position, IReadOnlyList<TextField> fields) : TextValue(position)
{
    public IReadOnlyList<TextField> Fields { get; } = fields;

    public override string Kind => "a message";
}

/// <summary>A field. Each element of a list is one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsInList">Whether the value stood in brackets, as only repeated fields may.</param>
/// <param name="Position">Where its name stands.</param>
internal sealed record TextField(string Name, TextValue Value, bool IsInList, TextPosition Position);

/// <summary>A number as it is written: <c>-12</c>, <c>0x1F</c>, <c>017</c>, <c>1.5e3</c>, <c>2f</c>.</summary>
internal sealed class TextNumber(TextPosition position, string literal) : TextValue(position)
{
    public string Literal { get; } = literal;

    public override string Kind => $"the number {Literal}";

    /// <summary>The value of a whole number; null if it is a fraction, or too large for 64 bits with sign or without.</summary>
    public Int128? Whole
    {
        get
        {
            var isNegative = Literal.StartsWith('-');
            var digits = isNegative ? Literal[1..] : Literal;
            ulong magnitude;
            if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            {
                if (!ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out magnitude))
                    return null;
            }
            else if (digits.Length > 1 && digits[0] == '0' && digits.All(char.IsAsciiDigit))
            {
                if (!TryOctal(digits, out magnitude))
                    return null;
            }
            else if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out magnitude))
            {
                return null;
            }

            var value = isNegative ? -(Int128)magnitude : magnitude;
            return value >= long.MinValue ? value : null;
        }
    }

    private static bool TryOctal(string digits, out ulong value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (value >> 61 != 0)
                return false;
            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }
}

/// <summary>A string of bytes between quotes; mostly a text in UTF-8.</summary>
internal sealed class TextString(TextPosition position, byte[] bytes) : TextValue(position)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public override string Kind => "a string";

    /// <summary>The text, or null where the bytes are no UTF-8.</summary>
    public string? Text
    {
        get
        {
            try
            {
                return Strict.GetString(Bytes.Span);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }
}

/// <summary>A word without quotes: a name of an enum, <c>true</c>, <c>inf</c>; a minus may stand before <c>inf</c> and <c>nan</c>.</summary>
internal sealed class TextWord(TextPosition position, string word) : TextValue(position)
{
    public string Word { get; } = word;

    public override string Kind => $"the word {Word}";
}
