using System.Globalization;

namespace Serve.Onnx.Tests.Samples;

public sealed class DigitsTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "digits");

    [Fact]
    public void Model_HeldOutImages_RecognisesThem()
    {
        var rows = File.ReadLines(Path.Combine(Folder, "held-out.csv")).Skip(1)
            .Select(line => line.Split(',').Select(cell => int.Parse(cell, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        var pixels = new Tensor<float>(rows.Length, 64);
        for (var i = 0; i < rows.Length; i++)
        {
            for (var p = 0; p < 64; p++)
                pixels.Span[i * 64 + p] = rows[i][p + 1];
        }

        using var model = new OnnxModel(Path.Combine(Folder, "digits.onnx"));
        var probabilities = model.Run([OnnxValue.Create("pixels", pixels)])["probabilities"].As<float>();

        probabilities.Shape.ToArray().ShouldBe([rows.Length, 10]);
        var right = rows.Select((row, i) => probabilities.Data.Slice(i * 10, 10).ToArray()).Select(p => Array.IndexOf(p, p.Max())).Zip(rows, (digit, row) => digit == row[0]);
        right.Count(isRight => isRight).ShouldBeGreaterThanOrEqualTo((int)(rows.Length * 0.97));
    }
}
