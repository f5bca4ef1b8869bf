using System.Buffers.Binary;

namespace Ocr.Imaging;

/// <summary>What a PNG file says about itself in its first chunk (PNG specification, 11.2.2).</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool Interlaced)
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    public int Channels => Color switch
    {
        PngColor.Rgb => 3,
        PngColor.GreyAlpha => 2,
        PngColor.RgbAlpha => 4,
        _ => 1,
    };

    public int BitsPerPixel => Channels * BitDepth;

    public static int SignatureLength => Signature.Length;

    public static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <param name="data">The content of the IHDR chunk, such as 00000280 000001E0 08 02 00 00 00.</param>
    public static PngHeader Read(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13)
            throw new InvalidImageException($"The PNG file's header has {data.Length} bytes, not 13.");
        var width = BinaryPrimitives.ReadUInt32BigEndian(data);
        var height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        ImageDecoder.CheckSize(width, height);
        var (depth, color, compression, filter, interlace) = (data[8], (PngColor)data[9], data[10], data[11], data[12]);
        var valid = color switch
        {
            PngColor.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColor.Palette => depth is 1 or 2 or 4 or 8,
            PngColor.Rgb or PngColor.GreyAlpha or PngColor.RgbAlpha => depth is 8 or 16,
            _ => false,
        };
        if (!valid || compression != 0 || filter != 0 || interlace > 1)
            throw new InvalidImageException($"The PNG file has a header that no PNG has: colour type {(int)color}, {depth} bits, methods {compression}, {filter}, {interlace}.");
        return new PngHeader((int)width, (int)height, depth, color, interlace == 1);
    }
}

internal enum PngColor
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}
