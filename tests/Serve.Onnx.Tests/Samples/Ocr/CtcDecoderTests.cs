using Ocr.Recognition;

namespace Serve.Onnx.Tests.Samples;

public sealed class CtcDecoderTests
{
    private static readonly CtcDecoder Decoder = new(["a", "b", "中", "文"]);

    [Theory]
    [InlineData("", "")]
    [InlineData("____", "")]
    [InlineData("_a_b_", "ab")]
    [InlineData("aaabbb", "ab")]
    [InlineData("aa_aa", "aa")]
    [InlineData("a b", "a b")]
    [InlineData("a  b", "a b")]
    [InlineData("_ a_ ", "a")]
    [InlineData("a?b", "a b")]
    [InlineData("a_?_b", "a b")]
    [InlineData("?a_?", "a")]
    [InlineData("中?文", "中文")]
    [InlineData("a?中", "a中")]
    public void Decode_BestClassOfEachStep_GivesText(string steps, string text) => Decoder.Decode(Steps(steps, 0.9f)).Text.ShouldBe(text);

    [Fact]
    public void Decode_Characters_GivesTheirMeanProbability() => Decoder.Decode([.. Steps("_a", 0.6f), .. Steps("_b", 0.8f)]).Confidence.ShouldBe(0.7f, tolerance: 0.001f);

    [Fact]
    public void Decode_Nothing_HasNoConfidence() => Decoder.Decode(Steps("__", 1)).ShouldBe(new RecognizedText("", 0));

    /// <summary>A step for each letter: _ is nothing, a question mark is nothing with a trace of space.</summary>
    private static float[] Steps(string steps, float probability)
    {
        const string Classes = "_ab中文 ";
        var result = new float[steps.Length * Decoder.Classes];
        for (var i = 0; i < steps.Length; i++)
        {
            var step = result.AsSpan(i * Decoder.Classes, Decoder.Classes);
            step[Math.Max(0, Classes.IndexOf(steps[i], StringComparison.Ordinal))] = probability;
            if (steps[i] == '?')
                step[^1] = 0.02f;
        }

        return result;
    }
}
