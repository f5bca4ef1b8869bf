using Ocr.Detection;
using Ocr.Pages;
using Ocr.Recognition;

namespace Serve.Onnx.Tests.Samples;

public sealed class ReadingOrderTests
{
    private static readonly (float X, float Y, float Width)[] Paragraph = [.. Enumerable.Range(0, 12).Select(i => (40f, 30f + i * 26, 300f + i % 3 * 80))];

    private static readonly (float X, float Y, float Width)[] Columns =
        [(100, 10, 700), .. Enumerable.Range(0, 6).Select(i => (40f, 80f + i * 26, 380f)), .. Enumerable.Range(0, 6).Select(i => (480f, 83f + i * 26, 370f))];

    private static readonly (float X, float Y, float Width)[] Form =
        [.. Enumerable.Range(0, 5).SelectMany(i => new[] { (40f, 20f + i * 40, 70f), (240f, 22f + i * 40, 260f) })];

    [Theory]
    [InlineData(0)]
    [InlineData(90)]
    [InlineData(180)]
    [InlineData(270)]
    [InlineData(3)]
    [InlineData(176)]
    public void Of_Page_IsTheSameInAnyDirection(int degrees)
    {
        var random = new Random(degrees);
        foreach (var page in new[] { Paragraph, Columns, Form })
        {
            var lines = page.Select((line, i) => (Line: i, Region: Rotate(line, degrees))).OrderBy(_ => random.Next()).ToArray();

            var order = ReadingOrder.Of(Array.ConvertAll(lines, line => line.Region));

            order.Select(i => lines[i].Line).ShouldBe(Enumerable.Range(0, page.Length));
        }
    }

    [Fact]
    public void Of_NoLines_IsEmpty() => ReadingOrder.Of([]).ShouldBeEmpty();

    [Fact]
    public void Orient_LineThatRunsDown_StartsAtTheTopRight() =>
        StripCutter.Orient(new TextRegion([10, 0, 30, 0, 30, 200, 10, 200], 1)).Corners.ShouldBe([30, 0, 30, 200, 10, 200, 10, 0]);

    [Fact]
    public void Orient_LineThatRunsAcross_StartsAtTheTopLeft()
    {
        var region = new TextRegion([0, 10, 200, 10, 200, 30, 0, 30], 1);

        StripCutter.Orient(region).ShouldBeSameAs(region);
    }

    [Fact]
    public void Turn_Twice_GivesTheStripBack()
    {
        var strip = new TextStrip(new Tensor<byte>(TextStrip.Height, 30, 3));
        new Random(1).NextBytes(strip.Pixels.Span);

        strip.Turn().Pixels.Span[..3].ToArray().ShouldBe(strip.Pixels.Span[^3..].ToArray());
        strip.Turn().Turn().Pixels.Data.ToArray().ShouldBe(strip.Pixels.Data.ToArray());
    }

    [Fact]
    public void Settle_UncertainLines_FollowThePage() =>
        PageDirection.Settle([new(true, 0.99f), new(false, 0.9f), new(true, 1), new(true, 0.6f), new(false, 0.99f)]).ShouldBe([true, true, true, true, false]);

    [Fact]
    public void Settle_NoCertainLine_GoesByTheirSum() =>
        PageDirection.Settle([new(true, 0.95f), new(false, 0.6f), new(true, 0.7f)]).ShouldBe([true, true, true]);

    /// <summary>A line of 20 pixels height, on a page that was turned about its middle.</summary>
    private static TextRegion Rotate((float X, float Y, float Width) line, int degrees)
    {
        var (sin, cos) = MathF.SinCos(degrees * MathF.PI / 180);
        (float X, float Y)[] corners = [(line.X, line.Y), (line.X + line.Width, line.Y), (line.X + line.Width, line.Y + 20), (line.X, line.Y + 20)];
        return new TextRegion([.. corners.SelectMany(c => new[] { 500 + (c.X - 450) * cos - (c.Y - 200) * sin, 500 + (c.X - 450) * sin + (c.Y - 200) * cos })], 1);
    }
}
