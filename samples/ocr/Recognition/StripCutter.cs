using System.Numerics;
using Ocr.Detection;
using Ocr.Imaging;

namespace Ocr.Recognition;

/// <summary>Cuts lines of text out of their image.</summary>
public static class StripCutter
{
    /// <summary>A strip of 50 times its height holds well over a hundred letters; longer ones are squeezed.</summary>
    private const int MaxWidth = 50 * TextStrip.Height;

    /// <summary>A region that is this much higher than wide is a line that runs downwards or upwards.</summary>
    private const float UprightRatio = 1.5f;

    /// <summary>
    /// Lets a region start at the corner where its text would, were it not upside down: at the top left, or, where the line runs downwards, at the top right.
    /// </summary>
    public static TextRegion Orient(TextRegion region)
    {
        var (width, height) = Measure(region.Points);
        return height >= UprightRatio * width ? region.StartingAt(1) : region;
    }

    /// <param name="region">Its first corner becomes the top left one of the strip.</param>
    public static TextStrip Cut(Image image, TextRegion region)
    {
        var (width, height) = Measure(region.Points);
        var (fullWidth, fullHeight) = (Math.Max(1, (int)MathF.Round(width)), Math.Max(1, (int)MathF.Round(height)));
        var stripWidth = Math.Clamp((int)MathF.Round(TextStrip.Height * width / Math.Max(height, 1)), 1, MaxWidth);
        var cut = Perspective.Cut(image, region.Points, fullWidth, fullHeight);
        return new TextStrip(Resampler.Resize(cut, stripWidth, TextStrip.Height));
    }

    private static (float Width, float Height) Measure(ReadOnlySpan<Vector2> corners) => (
        Math.Max(Vector2.Distance(corners[0], corners[1]), Vector2.Distance(corners[3], corners[2])),
        Math.Max(Vector2.Distance(corners[0], corners[3]), Vector2.Distance(corners[1], corners[2])));
}
