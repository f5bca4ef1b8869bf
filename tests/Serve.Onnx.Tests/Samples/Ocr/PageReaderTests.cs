using System.Text.Json;
using Ocr;
using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Pages;
using Ocr.Recognition;
using Serve.Testing;

namespace Serve.Onnx.Tests.Samples;

[Collection(OcrCollection.Name)]
public sealed class PageReaderTests(OcrFixture ocr)
{
    public static TheoryData<string> ReadableImages => [.. OcrFixture.Expected.Where(image => image.Value is not null).Select(image => image.Key)];

    public static TheoryData<string> BrokenImages => [.. OcrFixture.Expected.Where(image => image.Value is null).Select(image => image.Key)];

    [Theory]
    [MemberData(nameof(ReadableImages))]
    public async Task Read_Image_GivesItsText(string name)
    {
        var expected = OcrFixture.Expected[name]!;

        var text = string.Join(' ', (await ReadAsync(name)).Select(line => line.Text));

        TextAccuracy.Of(expected, text).ShouldBeGreaterThanOrEqualTo(0.95, $"'{text}' instead of '{expected}'");
    }

    [Fact]
    public async Task Read_AllImages_GetsNearlyEveryCharacter()
    {
        var (expected, read) = ("", "");
        foreach (var (name, text) in OcrFixture.Expected.Where(image => image.Value is not null))
        {
            expected += text + "\n";
            read += string.Join(' ', (await ReadAsync(name)).Select(line => line.Text)) + "\n";
        }

        TextAccuracy.Of(expected, read).ShouldBeGreaterThanOrEqualTo(0.99);
    }

    [Theory]
    [MemberData(nameof(BrokenImages))]
    public void Decode_BrokenImage_SaysWhy(string name) => Should.Throw<InvalidImageException>(() => ocr.Decode(name)).Message.ShouldContain("cut off");

    [Fact]
    public async Task Read_UpsideDownPage_GivesBoxesThatStartWhereTheTextDoes()
    {
        var image = ocr.Decode("paragraph.png");
        var upright = await ocr.Reader.ReadAsync(image, CancellationToken.None);
        var upsideDown = await ReadAsync("paragraph-upside-down.png");

        upsideDown.Count.ShouldBe(upright.Count);
        for (var i = 0; i < upright.Count; i++)
        {
            for (var corner = 0; corner < 4; corner++)
            {
                upsideDown[i].Box[corner][0].ShouldBe(image.Width - upright[i].Box[corner][0], tolerance: 10);
                upsideDown[i].Box[corner][1].ShouldBe(image.Height - upright[i].Box[corner][1], tolerance: 10);
            }
        }
    }

    [Fact]
    public async Task Read_SidewaysPage_GivesBoxesThatRunDown()
    {
        var image = ocr.Decode("paragraph-sideways.png");

        foreach (var line in await ocr.Reader.ReadAsync(image, CancellationToken.None))
        {
            line.Box.Length.ShouldBe(4);
            line.Box.ShouldAllBe(corner => corner[0] >= 0 && corner[0] <= image.Width && corner[1] >= 0 && corner[1] <= image.Height);
            line.Box[1][1].ShouldBeGreaterThan(line.Box[0][1] + 100); // the second corner is below the first
        }
    }

    [Fact]
    public void Recognize_BatchOfStrips_ReadsThemAsAlone()
    {
        var image = ocr.Decode("columns.png");
        var strips = ocr.Detector.Detect(image).Select(region => StripCutter.Cut(image, StripCutter.Orient(region))).ToArray();

        var together = ocr.Recognizer.Recognize(strips);

        together.Select(read => read.Text).ShouldBe(strips.Select(strip => ocr.Recognizer.Recognize([strip])[0].Text));
    }

    [Fact]
    public void Recognize_NoStrips_GivesNothing() => ocr.Recognizer.Recognize([]).ShouldBeEmpty();

    [Fact]
    public void Recognizer_OtherCharacters_NamesBothNumbers()
    {
        using var model = Models.LoadRecognition();

        Should.Throw<ArgumentException>(() => new TextRecognizer(model, ["a", "b"])).Message.ShouldContain("tells 6625 classes apart; 2 characters, with blank and space, are 4");
    }

    [Fact]
    public async Task Read_Cancelled_Stops()
    {
        var image = ocr.Decode("paragraph.png");

        await Should.ThrowAsync<OperationCanceledException>(async () => await ocr.Reader.ReadAsync(image, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void TextRegion_AsJson_ComesBack()
    {
        var region = new TextRegion([1, 2, 3, 4, 5, 6, 7, 8], 0.5f);

        var back = JsonSerializer.Deserialize<TextRegion>(JsonSerializer.Serialize(region))!;

        back.Corners.ShouldBe(region.Corners);
        back.Score.ShouldBe(0.5f);
    }

    private Task<IReadOnlyList<TextLine>> ReadAsync(string name) => ocr.Reader.ReadAsync(ocr.Decode(name), CancellationToken.None);
}
