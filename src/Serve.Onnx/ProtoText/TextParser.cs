using System.Buffers;

namespace Serve.Onnx.ProtoText;

/// <summary>
/// Reads protobuf's text format (protobuf.dev, "Text Format Language Specification") without a schema:
/// <code>
/// name: "digits"  max_batch_size: 8
/// input [{ name: "pixels", data_type: TYPE_FP32, dims: [ 64 ] }]
/// version_policy { latest &lt; num_versions: 2 &gt; }   # a comment
/// </code>
/// Left out are names of extensions and of types in brackets, of which a model's configuration has none.
/// </summary>
internal ref struct TextParser
{
    /// <summary>Far more than any configuration has.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Of messages within messages.</summary>
    public const int MaxDepth = 64;

    private TextScanner _scanner;

    private TextParser(ReadOnlySpan<char> text) => _scanner = new TextScanner(text);

    /// <exception cref="ProtoTextException">The text is none, too long or too deep.</exception>
    public static TextMessage Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new ProtoTextException(new TextPosition(1, 1), $"the text has {text.Length} characters; {MaxLength} are allowed.");
        var parser = new TextParser(text);
        var message = parser.ReadMessage(end: null, depth: 0);
        return message;
    }

    private TextMessage ReadMessage(char? end, int depth)
    {
        if (depth > MaxDepth)
            throw _scanner.Wrong($"messages are nested deeper than {MaxDepth}.");
        var position = _scanner.Position;
        var fields = new List<TextField>();
        while (true)
        {
            if (_scanner.Kind == TokenKind.End && end is null)
                return new TextMessage(position, fields);
            if (end is { } mark && _scanner.IsMark(mark))
            {
                _scanner.Read();
                return new TextMessage(position, fields);
            }

            ReadField(fields, end, depth);
        }
    }

    private void ReadField(List<TextField> fields, char? end, int depth)
    {
        var position = _scanner.Position;
        if (_scanner.IsMark('['))
            throw _scanner.Wrong("a name in brackets is an extension or a type; there are none here.");
        if (_scanner.Kind != TokenKind.Word)
            throw _scanner.Wrong($"expected the name of a field{(end is null ? "" : $" or '{end}'")}, not {_scanner.Describe()}.");
        var name = _scanner.Token.ToString();
        _scanner.Read();
        var hasColon = TakeMark(':');
        if (TakeMark('['))
            ReadList(fields, name, position, hasColon, depth);
        else
            fields.Add(new TextField(name, ReadValue(name, hasColon, depth), IsInList: false, position));
        _ = TakeMark(',') || TakeMark(';');
    }

    private void ReadList(List<TextField> fields, string name, TextPosition position, bool hasColon, int depth)
    {
        if (TakeMark(']'))
        {
            // Of no elements nobody can tell whether they are messages, so the colon may be missing.
            return;
        }

        do
            fields.Add(new TextField(name, ReadValue(name, hasColon, depth), IsInList: true, position));
        while (TakeMark(','));
        if (!TakeMark(']'))
            throw _scanner.Wrong($"expected ',' or ']' in the list of '{name}', not {_scanner.Describe()}.");
    }

    private TextValue ReadValue(string name, bool hasColon, int depth)
    {
        if (TakeMark('{'))
            return ReadMessage('}', depth + 1);
        if (TakeMark('<'))
            return ReadMessage('>', depth + 1);
        if (!hasColon)
            throw _scanner.Wrong($"expected ':' or '{{' after '{name}', not {_scanner.Describe()}.");
        var position = _scanner.Position;
        var isNegative = TakeMark('-');
        switch (_scanner.Kind)
        {
            case TokenKind.Number:
                return new TextNumber(position, (isNegative ? "-" : "") + Take());
            case TokenKind.Word when !isNegative:
                return new TextWord(position, Take());
            case TokenKind.Word when IsInfinityOrNone(_scanner.Token):
                return new TextWord(position, "-" + Take());
            case TokenKind.String when !isNegative:
                return new TextString(position, ReadStrings());
            default:
                throw _scanner.Wrong($"expected {(isNegative ? "a number after the minus" : $"a value of '{name}'")}, not {_scanner.Describe()}.");
        }
    }

    private static bool IsInfinityOrNone(ReadOnlySpan<char> word) =>
        word.Equals("inf", StringComparison.OrdinalIgnoreCase) || word.Equals("infinity", StringComparison.OrdinalIgnoreCase) || word.Equals("nan", StringComparison.OrdinalIgnoreCase);

    /// <summary>Strings that follow each other are one.</summary>
    private byte[] ReadStrings()
    {
        var bytes = new ArrayBufferWriter<byte>();
        for (; _scanner.Kind == TokenKind.String; _scanner.Read())
            bytes.Write(TextEscapes.Read(_scanner.Token[1..^1], _scanner.Position));
        return bytes.WrittenSpan.ToArray();
    }

    private string Take()
    {
        var token = _scanner.Token.ToString();
        _scanner.Read();
        return token;
    }

    private bool TakeMark(char mark)
    {
        if (!_scanner.IsMark(mark))
            return false;
        _scanner.Read();
        return true;
    }
}
