using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Tests.ProtoText;

public sealed class TextParserTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("  # nothing\n", "{}")]
    [InlineData("a:1", "{a=#1}")]
    [InlineData("a: 1, b: 2; c: 3 d: 4", "{a=#1;b=#2;c=#3;d=#4}")]
    [InlineData("a { b: 1 }", "{a={b=#1}}")]
    [InlineData("a: < b: 1 >", "{a={b=#1}}")]
    [InlineData("a { b < c { } > }", "{a={b={c={}}}}")]
    [InlineData("a: [1, 2]", "{a[]=#1;a[]=#2}")]
    [InlineData("a []", "{}")]
    [InlineData("a: []", "{}")]
    [InlineData("a [ { b: 1 }, < b: 2 > ]", "{a[]={b=#1};a[]={b=#2}}")]
    [InlineData("a: - 1", "{a=#-1}")]
    [InlineData("a: -inf b: nan", "{a=w-inf;b=wnan}")]
    [InlineData("a: 'x' \"y\"\n'z'", "{a=s78797A}")]
    [InlineData("a: \"\\n\\t\\101\\x41\\'\\\"\\\\\\?\"", "{a=s0A094141" + "27225C3F}")]
    [InlineData("a: \"\\u00e4\\U0001F600\"", "{a=sC3A4F09F9880}")]
    [InlineData("a: \"ä\"", "{a=sC3A4}")]
    [InlineData("a: \"\\1011\\x411\"", "{a=s41314131}")]
    public void Parse_Text_GivesItsFields(string text, string expected) => RandomMessage.Describe(TextParser.Parse(text)).ShouldBe(expected);

    [Theory]
    [InlineData("a", "line 1, column 2: expected ':' or '{' after 'a', not the end.")]
    [InlineData("a 1", "line 1, column 3: expected ':' or '{' after 'a', not '1'.")]
    [InlineData("a: ", "line 1, column 4: expected a value of 'a', not the end.")]
    [InlineData("a: -x", "line 1, column 5: expected a number after the minus, not 'x'.")]
    [InlineData("a: -'x'", "line 1, column 5: expected a number after the minus, not ''x''.")]
    [InlineData("a: 1b", "line 1, column 4: '1b' is not a number.")]
    [InlineData("a: 08", "line 1, column 4: '08' is not a number.")]
    [InlineData("a: 07f", "line 1, column 4: '07f' is not a number.")]
    [InlineData("a: 0x", "line 1, column 4: '0x' is not a number.")]
    [InlineData("a: 1e", "line 1, column 4: '1e' is not a number.")]
    [InlineData("a: 1.2.3", "line 1, column 4: '1.2.' is not a number.")]
    [InlineData("a {\n  b: 1", "line 2, column 7: expected the name of a field or '}', not the end.")]
    [InlineData("a < b: 1 }", "line 1, column 10: expected the name of a field or '>', not '}'.")]
    [InlineData("}", "line 1, column 1: expected the name of a field, not '}'.")]
    [InlineData("a: [1 2]", "line 1, column 7: expected ',' or ']' in the list of 'a', not '2'.")]
    [InlineData("a: [1,]", "line 1, column 7: expected a value of 'a', not ']'.")]
    [InlineData("a [1]", "line 1, column 4: expected ':' or '{' after 'a', not '1'.")]
    [InlineData("a: \"x", "line 1, column 4: the string has no end on its line.")]
    [InlineData("a: \"x\ny\"", "line 1, column 4: the string has no end on its line.")]
    [InlineData("a: \"\\", "line 1, column 4: the string has no end on its line.")]
    [InlineData("a: \"\\q\"", "line 1, column 4: the string has the escape '\\q', which there is not.")]
    [InlineData("a: \"\\x\"", "line 1, column 4: the string has the escape '\\x', which there is not.")]
    [InlineData("a: \"\\777\"", "line 1, column 4: the string has the escape '\\777', which there is not.")]
    [InlineData("a: \"\\ud800\"", "line 1, column 4: the string has the escape '\\ud800', which there is not.")]
    [InlineData("a: \"\\U00110000\"", "line 1, column 4: the string has the escape '\\U00110000', which there is not.")]
    [InlineData("[a.b]: 1", "line 1, column 1: a name in brackets is an extension or a type; there are none here.")]
    [InlineData("a: @", "line 1, column 4: the character '@' (U+0040) has no place here.")]
    public void Parse_WrongText_SaysWhereAndWhat(string text, string expected) => Should.Throw<ProtoTextException>(() => TextParser.Parse(text)).Message.ShouldBe(expected);

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-0x10", -16L)]
    [InlineData("017", 15L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("-9223372036854775809", null)]
    [InlineData("18446744073709551616", null)]
    [InlineData("0x10000000000000000", null)]
    [InlineData("02000000000000000000000", null)]
    [InlineData("1.0", null)]
    [InlineData("1f", null)]
    public void Whole_OfANumber_IsItsValueOrNone(string literal, long? expected) => ((long?)new TextNumber(default, literal).Whole).ShouldBe(expected);

    [Fact]
    public void Parse_DeepOrLongText_IsRefused()
    {
        Should.Throw<ProtoTextException>(() => TextParser.Parse(string.Concat(Enumerable.Repeat("a{", 100_000)))).Message.ShouldContain("deeper than 64");
        Should.Throw<ProtoTextException>(() => TextParser.Parse(new string(' ', TextParser.MaxLength + 1))).Message.ShouldContain("1048577 characters");
        RandomMessage.Describe(TextParser.Parse("a: " + string.Concat(Enumerable.Repeat("'x'", 300_000)))).Length.ShouldBe(600_005);
    }

    /// <summary>Whatever the way in which a message is written, it is read as what it was.</summary>
    [Fact]
    public void Parse_RandomMessagesInAllWaysOfWriting_GivesThemBack()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var message = RandomMessage.Make(random, depth: 4);
            var text = TextPrinter.Print(message, random);

            RandomMessage.Describe(TextParser.Parse(text)).ShouldBe(RandomMessage.Describe(message), $"seed {seed}: {text}");
        }
    }

    /// <summary>Whatever comes, it is a message or an error with a place: never another exception.</summary>
    [Fact]
    public void Parse_DamagedTexts_GivesAMessageOrAnError()
    {
        const string Alphabet = "{}<>[]:;,-#\"'\\ \n\t.0123456789abefnitxuU_ä\ud800\0";
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var text = TextPrinter.Print(RandomMessage.Make(random, depth: 3), random).ToCharArray().ToList();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var place = random.Next(text.Count + 1);
                if (random.Next(3) == 0 && place < text.Count)
                    text.RemoveAt(place);
                else
                    text.Insert(place, Alphabet[random.Next(Alphabet.Length)]);
            }

            try
            {
                _ = TextParser.Parse(new string([.. text]));
            }
            catch (ProtoTextException exception)
            {
                exception.Message.ShouldStartWith("line ");
            }
        }
    }
}
