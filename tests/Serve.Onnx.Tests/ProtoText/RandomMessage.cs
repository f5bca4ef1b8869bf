using Serve.Onnx.ProtoText;

namespace Serve.Onnx.Tests.ProtoText;

/// <summary>Messages by chance.</summary>
internal static class RandomMessage
{
    private static readonly string[] Names = ["name", "dims", "a", "_b", "A1_", "input", "max_batch_size"];

    private static readonly string[] Numbers = ["0", "1", "-12", "0x1F", "-0xff", "017", "1.5", "-1.", ".5", "1e3", "2.5E-3f", "10f", "18446744073709551615", "-9223372036854775808"];

    private static readonly string[] Words = ["true", "false", "TYPE_FP32", "inf", "-inf", "nan", "-nan", "KIND_CPU", "t"];

    public static TextMessage Make(Random random, int depth)
    {
        var fields = new List<TextField>();
        for (var i = random.Next(5); i > 0; i--)
        {
            var name = Names[random.Next(Names.Length)];
            var count = random.Next(3) == 0 ? random.Next(1, 4) : 0;
            for (var j = Math.Max(1, count); j > 0; j--)
                fields.Add(new TextField(name, Value(random, depth), count > 0, default));
        }

        return new TextMessage(default, fields);
    }

    /// <summary>All that a message says, for comparing.</summary>
    public static string Describe(TextValue value) => value switch
    {
        TextMessage message => "{" + string.Join(";", message.Fields.Select(field => $"{field.Name}{(field.IsInList ? "[]" : "")}={Describe(field.Value)}")) + "}",
        TextNumber number => "#" + number.Literal,
        TextWord word => "w" + word.Word,
        TextString text => "s" + Convert.ToHexString(text.Bytes.Span),
        _ => throw new InvalidOperationException(),
    };

    private static TextValue Value(Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 4 : 3))
        {
            case 0:
                return new TextNumber(default, Numbers[random.Next(Numbers.Length)]);
            case 1:
                return new TextWord(default, Words[random.Next(Words.Length)]);
            case 2:
                var bytes = new byte[random.Next(12)];
                random.NextBytes(bytes);
                return new TextString(default, bytes);
            default:
                return Make(random, depth - 1);
        }
    }
}
