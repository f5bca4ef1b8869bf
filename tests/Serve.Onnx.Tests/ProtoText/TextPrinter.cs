using System.Globalization;
using System.Text;
using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Tests.ProtoText;

/// <summary>Writes messages in all the ways in which the text format allows it, by chance.</summary>
internal sealed class TextPrinter(Random random)
{
    private readonly StringBuilder _text = new();

    public static string Print(TextMessage message, Random random)
    {
        var printer = new TextPrinter(random);
        printer.Fields(message);
        return printer._text.ToString();
    }

    private void Fields(TextMessage message)
    {
        for (var i = 0; i < message.Fields.Count; i++)
        {
            var field = message.Fields[i];
            Space();
            _text.Append(field.Name);
            Space();
            var length = ListLength(message.Fields, i);
            if (field.Value is not TextMessage || length > 0 || random.Next(2) == 0)
                _text.Append(':');
            Space();
            if (length == 0)
            {
                Value(field.Value);
            }
            else
            {
                List(message.Fields, i, length);
                i += length - 1;
            }

            _text.Append(random.Next(3) switch { 0 => ",", 1 => ";", _ => " " });
        }

        Space();
    }

    /// <summary>The fields that stood in one list: of those that follow each other with one name.</summary>
    private static int ListLength(IReadOnlyList<TextField> fields, int first) => fields.Skip(first).TakeWhile(field => field.IsInList && field.Name == fields[first].Name).Count();

    private void List(IReadOnlyList<TextField> fields, int first, int length)
    {
        _text.Append('[');
        for (var i = 0; i < length; i++)
        {
            if (i > 0)
                _text.Append(',');
            Space();
            Value(fields[first + i].Value);
            Space();
        }

        _text.Append(']');
    }

    private void Value(TextValue value)
    {
        switch (value)
        {
            case TextMessage message:
                var isAngled = random.Next(3) == 0;
                _text.Append(isAngled ? '<' : '{');
                Fields(message);
                _text.Append(isAngled ? '>' : '}');
                break;
            case TextNumber number:
                Signed(number.Literal);
                break;
            case TextWord word:
                Signed(word.Word);
                break;
            case TextString text:
                Strings(text.Bytes.Span);
                break;
        }
    }

    private void Signed(string literal)
    {
        if (literal[0] == '-')
        {
            _text.Append('-');
            Space();
        }

        _text.Append(literal.TrimStart('-'));
    }

    private void Strings(ReadOnlySpan<byte> bytes)
    {
        do
        {
            var part = random.Next(4) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes;
            var quote = random.Next(2) == 0 ? '"' : '\'';
            _text.Append(quote);
            for (var i = 0; i < part.Length; i++)
                Escaped(part[i], quote, nextIsDigit: i + 1 < part.Length);
            _text.Append(quote);
            Space();
            bytes = bytes[part.Length..];
        }
        while (!bytes.IsEmpty);
    }

    private void Escaped(byte value, char quote, bool nextIsDigit)
    {
        var isPlain = value is >= 32 and < 127 && value != quote && value != '\\';
        _text.Append(random.Next(isPlain ? 8 : 4) switch
        {
            >= 4 => ((char)value).ToString(),
            0 => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            1 when value < 128 => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)value:X4}"),
            2 when !nextIsDigit => "\\" + Convert.ToString(value, 8),
            _ => "\\" + Convert.ToString(value, 8).PadLeft(3, '0'),
        });
    }

    private void Space()
    {
        for (var i = random.Next(4); i > 0; i--)
            _text.Append(random.Next(5) switch { 0 => "\n", 1 => "\t", 2 => "# a { comment: \"\n", 3 => "\r\n", _ => " " });
        // So that a name and what follows it stay two.
        _text.Append(' ');
    }
}
