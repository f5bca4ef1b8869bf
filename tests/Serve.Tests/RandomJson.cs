using System.Text.Json.Nodes;

namespace Serve.Tests;

/// <summary>Random free-form JSON, with the texts that parsers of YAML and JSON get wrong.</summary>
internal static class RandomJson
{
    private static readonly string[] Texts =
    [
        "", " ", "plain", "two words", " leading", "trailing ", "true", "False", "NULL", "null", "~", "yes", "off", "1", "-1", "+1", "007", "0x1F", "0o17", "1.5", ".5", "1e3", "1_000",
        ".inf", ".NaN", "2026-01-01", "12:30", "<<", "=", "a: b", "a:", ": b", "#c", "a #c", "- a", "-", "--", "---", "...", "?", "? a", "|", ">", "&a", "*a", "!a", "%a", "@a", "`a",
        "{a}", "[a]", "{", "]", ",", "'", "\"", "it's", "\"quoted\"", "\\", "\\n", "line\nline", "\n", "line\n", "\n\nline", "\r\n", "tab\tx", "\t", "ä", "日本語", "😀", "\u0000", "\u0007",
        "\u0085", "\u00a0", "\u2028", "\ufeff", "e\u0301", "/a/b", "C:\\x", "x\n  indented\nback", "trailing spaces  \nnext",
    ];

    public static string Text(Random random) => random.Next(4) switch
    {
        0 => Texts[random.Next(Texts.Length)] + Texts[random.Next(Texts.Length)],
        1 => new string([.. Enumerable.Range(0, random.Next(1, 100)).Select(_ => (char)random.Next(32, 127))]),
        _ => Texts[random.Next(Texts.Length)],
    };

    public static JsonObject Map(Random random, int depth)
    {
        var map = new JsonObject();
        for (var i = random.Next(4); i > 0; i--)
            map[Text(random)] = Value(random, depth - 1);
        return map;
    }

    public static JsonNode? Value(Random random, int depth) => random.Next(depth > 0 ? 8 : 6) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create((long)random.Next(-1000, 1000)),
        3 => JsonValue.Create(random.NextInt64(long.MinValue, long.MaxValue)),
        4 => JsonValue.Create(Real(random)),
        5 => JsonValue.Create(Text(random)),
        6 => Map(random, depth),
        _ => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1))]),
    };

    /// <summary>Any finite number: half of them of a common size, half of any size.</summary>
    public static double Real(Random random)
    {
        var number = random.Next(2) == 0 ? Math.Round(random.NextDouble() * 1000, random.Next(6)) : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
        return double.IsFinite(number) ? number : 0;
    }
}
