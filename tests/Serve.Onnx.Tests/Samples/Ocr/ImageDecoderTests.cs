using Ocr.Imaging;

namespace Serve.Onnx.Tests.Samples;

[Collection(OcrCollection.Name)]
public sealed class ImageDecoderTests(OcrFixture ocr)
{
    public static TheoryData<int, int, bool> PngKinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        foreach (var (color, depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
        {
            foreach (var depth in depths)
            {
                kinds.Add(color, depth, false);
                kinds.Add(color, depth, true);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(PngKinds))]
    public void Decode_PngOfAnyKind_GivesItsColoursOnWhite(int color, int depth, bool interlaced)
    {
        var random = new Random(color * 100 + depth);
        for (var round = 0; round < 8; round++)
        {
            var (width, height) = (random.Next(1, 20), random.Next(1, 20));
            var max = (1 << depth) - 1;
            var channels = color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
            var samples = Enumerable.Range(0, width * height).Select(_ => Enumerable.Range(0, channels).Select(_ => random.Next(max + 1)).ToArray()).ToArray();
            var palette = color == 3 ? RandomBytes(random, (max + 1) * 3) : null;
            var transparency = color == 3 ? RandomBytes(random, random.Next(max + 1)) : null;

            var image = ocr.Decoder.Decode(PngWriter.Write(width, height, color, depth, interlaced, samples, palette, transparency, random));

            image.Pixels.Shape.ToArray().ShouldBe([height, width, 3]);
            var expected = samples.SelectMany(pixel => OnWhite(pixel, color, max, palette, transparency)).ToArray();
            for (var i = 0; i < expected.Length; i++)
                ((double)image.Pixels.Span[i]).ShouldBe(expected[i], tolerance: 1.6);
        }
    }

    [Theory]
    [InlineData(0, new byte[] { 0, 0 }, 0)]
    [InlineData(2, new byte[] { 0, 0, 0, 0, 0, 0 }, 0)]
    public void Decode_PngWithATransparentColour_ShowsItWhite(int color, byte[] transparency, int sample)
    {
        var pixel = Enumerable.Repeat(sample, color == 2 ? 3 : 1).ToArray();

        var image = ocr.Decoder.Decode(PngWriter.Write(1, 1, color, 8, interlaced: false, [pixel], null, transparency, new Random(1)));

        image.Pixels.Data.ToArray().ShouldBe([255, 255, 255]);
    }

    [Theory]
    [InlineData("letter.jpg")]
    [InlineData("letter-progressive.jpg")]
    [InlineData("grey.jpg")]
    [InlineData("cmyk.jpg")]
    public void Decode_Jpeg_GivesInkOnPaper(string name)
    {
        var image = ocr.Decode(name);

        image.Pixels.Shape[2].ShouldBe(3);
        image.Pixels.Span[..3].ToArray().ShouldAllBe(value => value > 200);
        image.Pixels.Data.ToArray().ShouldContain(value => value < 60);
    }

    [Theory]
    [InlineData("letter.jpg")]
    [InlineData("letter-progressive.jpg")]
    [InlineData("line-sans.png")]
    public void Decode_FileCutOffAnywhere_SaysSo(string name)
    {
        var file = OcrFixture.ReadFile(name);
        for (var length = 20; length < file.Length - 20; length += 97)
            Should.Throw<InvalidImageException>(() => ocr.Decoder.Decode(file[..length])).Message.ShouldContain("cut off");
    }

    [Theory]
    [InlineData("letter.jpg")]
    [InlineData("letter-progressive.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("line-sans.png")]
    public void Decode_DamagedFile_GivesAnImageOrAReason(string name)
    {
        var random = new Random(11);
        var original = OcrFixture.ReadFile(name);
        for (var round = 0; round < 150; round++)
        {
            var file = (byte[])original.Clone();
            for (var damage = random.Next(1, 4); damage > 0; damage--)
                file[random.Next(random.Next(2) == 0 ? 700 : file.Length)] = (byte)random.Next(256);
            try
            {
                ocr.Decoder.Decode(file).Pixels.Rank.ShouldBe(3);
            }
            catch (InvalidImageException exception)
            {
                exception.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void Decode_HugeImage_RefusesItByItsHeader() =>
        Should.Throw<InvalidImageException>(() => ocr.Decoder.Decode(PngWriter.WriteHeaderOnly(10_000, 10_000))).Message
            .ShouldBe("The image is 10000 × 10000 pixels; at most 50000000 in all and 65500 on a side are read.");

    [Theory]
    [InlineData("", "The file is empty")]
    [InlineData("GIF89a", "neither PNG nor JPEG: it starts with 47494638")]
    [InlineData("\u0001", "neither PNG nor JPEG: it starts with 01")]
    public void Decode_OtherFile_SaysWhatItIsNot(string content, string reason)
    {
        var exception = Should.Throw<InvalidImageException>(() => ocr.Decoder.Decode([.. content.Select(character => (byte)character)]));

        exception.Message.ShouldContain(reason);
        exception.Error.ShouldBe(ServeError.BadRequest);
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static double[] OnWhite(int[] pixel, int color, int max, byte[]? palette, byte[]? transparency)
    {
        var opacity = color switch
        {
            3 => pixel[0] < transparency!.Length ? transparency[pixel[0]] / 255.0 : 1,
            4 or 6 => pixel[^1] / (double)max,
            _ => 1,
        };
        double[] rgb = color switch
        {
            3 => [.. palette!.Skip(pixel[0] * 3).Take(3).Select(value => (double)value)],
            2 or 6 => [.. pixel.Take(3).Select(value => value * 255.0 / max)],
            _ => [.. Enumerable.Repeat(pixel[0] * 255.0 / max, 3)],
        };
        return Array.ConvertAll(rgb, value => value * opacity + 255 * (1 - opacity));
    }
}
