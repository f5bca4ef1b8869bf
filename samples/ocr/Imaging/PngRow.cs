using System.Buffers.Binary;

namespace Ocr.Imaging;

/// <summary>Turns a row of a PNG file, of any colour type and depth, into red, green and blue on white.</summary>
internal static class PngRow
{
    /// <param name="step">How far apart the pixels lie in the target, in bytes.</param>
    public static void Write(PngChunks chunks, ReadOnlySpan<byte> row, int count, Span<byte> target, int step)
    {
        var header = chunks.Header;
        if (header is { Color: PngColor.Rgb, BitDepth: 8 } && step == 3 && chunks.Transparency.Length == 0)
        {
            row.CopyTo(target);
            return;
        }

        Span<int> samples = stackalloc int[4];
        samples = samples[..header.Channels];
        for (var i = 0; i < count; i++)
        {
            for (var c = 0; c < samples.Length; c++)
                samples[c] = Sample(row, i * samples.Length + c, header.BitDepth);
            WritePixel(chunks, samples, target.Slice(i * step, 3));
        }
    }

    private static void WritePixel(PngChunks chunks, ReadOnlySpan<int> samples, Span<byte> pixel)
    {
        var depth = chunks.Header.BitDepth;
        switch (chunks.Header.Color)
        {
            case PngColor.Palette:
                var index = samples[0];
                if (index * 3 + 3 > chunks.Palette.Length)
                    throw new InvalidImageException($"The PNG file has a pixel of colour {index}; its palette has {chunks.Palette.Length / 3} colours.");
                chunks.Palette.AsSpan(index * 3, 3).CopyTo(pixel);
                OnWhite(pixel, index < chunks.Transparency.Length ? chunks.Transparency[index] : 255);
                break;
            case PngColor.Rgb or PngColor.RgbAlpha:
                for (var c = 0; c < 3; c++)
                    pixel[c] = ToByte(samples[c], depth);
                OnWhite(pixel, samples.Length == 4 ? ToByte(samples[3], depth) : Opacity(chunks.Transparency, samples));
                break;
            default:
                pixel.Fill(ToByte(samples[0], depth));
                OnWhite(pixel, samples.Length == 2 ? ToByte(samples[1], depth) : Opacity(chunks.Transparency, samples));
                break;
        }
    }

    private static int Sample(ReadOnlySpan<byte> row, int index, int depth) => depth switch
    {
        8 => row[index],
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(index * 2)..]),
        _ => (row[index * depth / 8] >> (8 - depth - index * depth % 8)) & ((1 << depth) - 1),
    };

    private static byte ToByte(int sample, int depth)
    {
        var max = (1 << depth) - 1;
        return (byte)((sample * 255 + max / 2) / max);
    }

    /// <summary>One colour may be declared transparent: 0000 for black in a grey image, FFFF FFFF FFFF for white in one of 16 bits.</summary>
    private static int Opacity(ReadOnlySpan<byte> transparent, ReadOnlySpan<int> samples)
    {
        if (transparent.Length < samples.Length * 2)
            return 255;
        for (var c = 0; c < samples.Length; c++)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(transparent[(c * 2)..]) != samples[c])
                return 255;
        }

        return 0;
    }

    private static void OnWhite(Span<byte> pixel, int opacity)
    {
        if (opacity == 255)
            return;
        for (var c = 0; c < 3; c++)
            pixel[c] = (byte)((pixel[c] * opacity + 255 * (255 - opacity) + 127) / 255);
    }
}
