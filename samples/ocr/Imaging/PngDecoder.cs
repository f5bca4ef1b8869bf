using System.IO.Compression;
using Serve;

namespace Ocr.Imaging;

/// <summary>
/// Decodes PNG of every kind. ONNX Runtime extensions decode PNG too, but they drop the transparency (black text on nothing becomes black on black) and scramble
/// interlaced files.
/// </summary>
internal static class PngDecoder
{
    /// <summary>Where the pixels of the seven passes of an interlaced image begin, and how far apart they lie (PNG specification, 8.2).</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static Image Decode(ReadOnlySpan<byte> file)
    {
        var chunks = PngChunks.Read(file);
        var header = chunks.Header;
        if (header.Color == PngColor.Palette && chunks.Palette.Length == 0)
            throw new InvalidImageException("The PNG file has no palette, which its colour type needs.");

        var pixels = new Tensor<byte>(header.Height, header.Width, 3);
        try
        {
            using var stream = new ZLibStream(chunks.Data, CompressionMode.Decompress);
            foreach (var (x, y, stepX, stepY) in header.Interlaced ? Adam7 : [(0, 0, 1, 1)])
                ReadPass(stream, chunks, pixels, x, y, stepX, stepY);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidImageException("The PNG file ends before its last pixel.", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException) // zlib fails in both ways
        {
            throw new InvalidImageException($"The PNG file's compressed data is broken.", exception);
        }

        return new Image(pixels);
    }

    private static void ReadPass(ZLibStream stream, PngChunks chunks, Tensor<byte> pixels, int x, int y, int stepX, int stepY)
    {
        var header = chunks.Header;
        var count = (header.Width - x + stepX - 1) / stepX;
        if (count <= 0)
            return;
        var length = (count * header.BitsPerPixel + 7) / 8;
        var (row, above) = (new byte[length + 1], new byte[length + 1]); // the first byte names the filter
        for (; y < header.Height; y += stepY)
        {
            stream.ReadExactly(row);
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), Math.Max(1, header.BitsPerPixel / 8));
            PngRow.Write(chunks, row.AsSpan(1), count, pixels.Span.Slice((y * header.Width + x) * 3), stepX * 3);
            (row, above) = (above, row);
        }
    }

    /// <summary>Each byte was stored as its difference from what its neighbours foretell (PNG specification, 9.2).</summary>
    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int pixel)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = pixel; i < row.Length; i++)
                    row[i] += row[i - pixel];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < pixel ? 0 : row[i - pixel]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < Math.Min(pixel, row.Length); i++)
                    row[i] += above[i];
                for (var i = pixel; i < row.Length; i++)
                    row[i] += Paeth(row[i - pixel], above[i], above[i - pixel]);
                break;
            default:
                throw new InvalidImageException($"The PNG file has a row with filter {filter}; there are only 0 to 4.");
        }
    }

    private static byte Paeth(byte left, byte above, byte aboveLeft)
    {
        var (toLeft, toAbove) = (Math.Abs(above - aboveLeft), Math.Abs(left - aboveLeft));
        var toAboveLeft = Math.Abs(left + above - 2 * aboveLeft);
        if (toLeft <= toAbove && toLeft <= toAboveLeft)
            return left;
        return toAbove <= toAboveLeft ? above : aboveLeft;
    }
}
