namespace Serve.Onnx.ProtoText;

/// <summary>Cuts a text into tokens. Knows one token ahead; numbers must not run into words, as in <c>1x</c>.</summary>
internal ref struct TextScanner
{
    private readonly ReadOnlySpan<char> _text;
    private int _next;
    private int _line = 1;
    private int _lineStart;

    public TextScanner(ReadOnlySpan<char> text)
    {
        _text = text;
        Read();
    }

    /// <summary>What the token is: a word, a number, a string, a mark (itself), or the end.</summary>
    public TokenKind Kind { get; private set; }

    /// <summary>The characters of a word, a number or a mark.</summary>
    public ReadOnlySpan<char> Token { get; private set; }

    public TextPosition Position { get; private set; }

    public readonly bool IsMark(char mark) => Kind == TokenKind.Mark && Token[0] == mark;

    /// <summary>As an error message calls the token.</summary>
    public readonly string Describe() => Kind == TokenKind.End ? "the end" : $"'{(Token.Length > 40 ? Token[..40] : Token)}'";

    public readonly ProtoTextException Wrong(string message) => new(Position, message);

    /// <summary>Goes on to the next token.</summary>
    public void Read()
    {
        SkipSpace();
        Position = new TextPosition(_line, _next - _lineStart + 1);
        var start = _next;
        if (start == _text.Length)
        {
            Kind = TokenKind.End;
            Token = default;
            return;
        }

        var first = _text[start];
        if (IsLetter(first))
        {
            Kind = TokenKind.Word;
            _next++;
            while (_next < _text.Length && (IsLetter(_text[_next]) || char.IsAsciiDigit(_text[_next])))
                _next++;
        }
        else if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < _text.Length && char.IsAsciiDigit(_text[start + 1])))
        {
            Kind = TokenKind.Number;
            ReadNumber();
        }
        else if (first is '"' or '\'')
        {
            Kind = TokenKind.String;
            ReadString(first);
        }
        else if (first is ':' or '{' or '}' or '<' or '>' or '[' or ']' or ',' or ';' or '-')
        {
            Kind = TokenKind.Mark;
            _next++;
        }
        else
        {
            throw Wrong($"the character '{first}' (U+{(int)first:X4}) has no place here.");
        }

        Token = _text[start.._next];
    }

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';

    private void SkipSpace()
    {
        while (_next < _text.Length)
        {
            var c = _text[_next];
            if (c == '#')
            {
                var end = _text[_next..].IndexOf('\n');
                _next = end < 0 ? _text.Length : _next + end;
            }
            else if (c is ' ' or '\t' or '\r' or '\v' or '\f' or '\n')
            {
                _next++;
                if (c == '\n')
                {
                    _line++;
                    _lineStart = _next;
                }
            }
            else
            {
                return;
            }
        }
    }

    /// <summary><c>0x1F</c>, <c>017</c>, <c>12</c>, <c>1.5e-3</c>, <c>.5</c>, <c>2f</c>.</summary>
    private void ReadNumber()
    {
        var start = _next;
        if (_text[_next] == '0' && _next + 1 < _text.Length && _text[_next + 1] is 'x' or 'X')
        {
            _next += 2;
            while (_next < _text.Length && char.IsAsciiHexDigit(_text[_next]))
                _next++;
            EndNumber(start, isWrong: _next == start + 2);
            return;
        }

        SkipDigits();
        var isWhole = true;
        if (Take('.', '.'))
        {
            isWhole = false;
            SkipDigits();
        }

        var hasExponentDigits = true;
        if (Take('e', 'E'))
        {
            isWhole = false;
            _ = Take('+', '-');
            var digits = _next;
            SkipDigits();
            hasExponentDigits = _next > digits;
        }

        var whole = _text[start.._next];
        var isOctal = isWhole && whole.Length > 1 && whole[0] == '0';
        var isFloat = Take('f', 'F');
        EndNumber(start, isWrong: !hasExponentDigits || (isOctal && (isFloat || whole.ContainsAny('8', '9'))));
    }

    private void EndNumber(int start, bool isWrong)
    {
        var runsOn = _next < _text.Length && (IsLetter(_text[_next]) || char.IsAsciiDigit(_text[_next]) || _text[_next] == '.');
        if (isWrong || runsOn)
            throw Wrong($"'{_text[start..Math.Min(_text.Length, _next + (runsOn ? 1 : 0))]}' is not a number.");
    }

    private void SkipDigits()
    {
        while (_next < _text.Length && char.IsAsciiDigit(_text[_next]))
            _next++;
    }

    private bool Take(char one, char other)
    {
        if (_next == _text.Length || (_text[_next] != one && _text[_next] != other))
            return false;
        _next++;
        return true;
    }

    /// <summary>Finds the end of a string; <see cref="TextEscapes"/> looks at what is in it.</summary>
    private void ReadString(char quote)
    {
        _next++;
        while (_next < _text.Length && _text[_next] is not '\n' and var c)
        {
            _next++;
            if (c == quote)
                return;
            if (c == '\\' && _next < _text.Length && _text[_next] != '\n')
                _next++;
        }

        throw Wrong("the string has no end on its line.");
    }
}

internal enum TokenKind
{
    End,
    Word,
    Number,
    String,
    Mark,
}
