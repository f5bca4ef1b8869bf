using Serve;
using Serve.Onnx;

namespace Ocr.Imaging;

/// <summary>
/// Turns PNG and JPEG files into pixels. Transparent parts become white; the orientation that a camera notes in a JPEG is left alone, because the reader finds out
/// by itself which way up the text is.
/// </summary>
/// <param name="jpegModel">decode.onnx, with the library of ONNX Runtime extensions.</param>
public sealed class ImageDecoder(OnnxModel jpegModel)
{
    /// <summary>A page of A4 at 600 dpi has 35 million pixels.</summary>
    public const int MaxPixels = 50_000_000;

    /// <summary>What the JPEG decoder takes at most.</summary>
    public const int MaxSide = 65_500;

    /// <exception cref="InvalidImageException">The file is neither PNG nor JPEG, is broken, or is too large.</exception>
    public Image Decode(byte[] file, CancellationToken cancellationToken = default)
    {
        if (PngHeader.IsPng(file))
            return PngDecoder.Decode(file);
        if (JpegCheck.IsJpeg(file))
            return DecodeJpeg(file, cancellationToken);
        throw new InvalidImageException(file.Length == 0
            ? "The file is empty; a PNG or JPEG image is needed."
            : $"The file is neither PNG nor JPEG: it starts with {Convert.ToHexString(file.AsSpan(0, Math.Min(4, file.Length)))}.");
    }

    internal static void CheckSize(long width, long height)
    {
        if (width == 0 || height == 0)
            throw new InvalidImageException($"The image is {width} × {height} pixels: there is nothing in it.");
        if (width * height > MaxPixels || width > MaxSide || height > MaxSide)
            throw new InvalidImageException($"The image is {width} × {height} pixels; at most {MaxPixels} in all and {MaxSide} on a side are read.");
    }

    private Image DecodeJpeg(byte[] file, CancellationToken cancellationToken)
    {
        JpegCheck.Check(file);
        Tensor<byte> pixels;
        try
        {
            pixels = jpegModel.Run<byte, byte>(new Tensor<byte>(file, file.Length), cancellationToken);
        }
        catch (OnnxModelException exception)
        {
            throw new InvalidImageException($"The JPEG file can't be decoded: {exception.Message}", exception);
        }

        return new Image(ToRgb(pixels));
    }

    private static Tensor<byte> ToRgb(Tensor<byte> pixels)
    {
        var channels = pixels.Shape[2];
        if (channels == 3)
            return pixels;
        var rgb = new Tensor<byte>(pixels.Shape[0], pixels.Shape[1], 3);
        var source = pixels.Span;
        var target = rgb.Span;
        for (int from = 0, to = 0; to < target.Length; from += channels, to += 3)
        {
            if (channels == 1)
                target.Slice(to, 3).Fill(source[from]);
            else
                FromCmyk(source.Slice(from, 4), target.Slice(to, 3));
        }

        return rgb;
    }

    /// <summary>JPEG files keep cyan, magenta, yellow and black inverted, as Adobe began it.</summary>
    private static void FromCmyk(ReadOnlySpan<byte> cmyk, Span<byte> rgb)
    {
        for (var i = 0; i < 3; i++)
            rgb[i] = (byte)(cmyk[i] * cmyk[3] / 255);
    }
}
