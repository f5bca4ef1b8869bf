using System.Numerics;
using Serve;

namespace Ocr.Imaging;

/// <summary>Cuts a tilted, or foreshortened, rectangle out of an image and straightens it.</summary>
internal static class Perspective
{
    private const int Channels = 3;

    /// <param name="corners">Of the rectangle in the image, clockwise; the first becomes the top left corner of the result.</param>
    public static Tensor<byte> Cut(Image image, ReadOnlySpan<Vector2> corners, int width, int height)
    {
        var projection = Projection.FromUnitSquare(corners);
        var result = new Tensor<byte>(height, width, Channels);
        var source = image.Pixels.Span;
        var target = result.Span;
        for (int y = 0, at = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++, at += Channels)
                Sample(source, image.Width, image.Height, projection.At((x + 0.5f) / width, (y + 0.5f) / height), target.Slice(at, Channels));
        }

        return result;
    }

    /// <summary>Linear between the centres of the four pixels around a point; beyond the edge the image goes on as it ends.</summary>
    private static void Sample(ReadOnlySpan<byte> source, int width, int height, Vector2 point, Span<byte> pixel)
    {
        var x = Math.Clamp(point.X - 0.5f, 0, width - 1);
        var y = Math.Clamp(point.Y - 0.5f, 0, height - 1);
        var (left, top) = ((int)x, (int)y);
        var (right, bottom) = (Math.Min(left + 1, width - 1), Math.Min(top + 1, height - 1));
        var (dx, dy) = (x - left, y - top);
        var above = source.Slice(top * width * Channels);
        var below = source.Slice(bottom * width * Channels);
        for (var c = 0; c < Channels; c++)
        {
            var upper = above[left * Channels + c] * (1 - dx) + above[right * Channels + c] * dx;
            var lower = below[left * Channels + c] * (1 - dx) + below[right * Channels + c] * dx;
            pixel[c] = (byte)(upper * (1 - dy) + lower * dy + 0.5f);
        }
    }
}
