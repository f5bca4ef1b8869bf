using System.Numerics;
using System.Runtime.InteropServices;
using Ocr.Imaging;
using Serve;
using Serve.Onnx;

namespace Ocr.Detection;

/// <summary>
/// Finds the lines of text in an image with a PP-OCRv4 detection model, which gives each pixel the probability that it lies in the shrunk middle of a line
/// (Liao et al., Real-time Scene Text Detection with Differentiable Binarization, 2020).
/// </summary>
/// <param name="model">ch_PP-OCRv4_det_infer.onnx.</param>
/// <param name="maxSide">Images with a longer side are scaled down to it before the search; lower is faster, but small print gets lost.</param>
public sealed class TextDetector(OnnxModel model, int maxSide = 960)
{
    /// <summary>The model halves its input five times.</summary>
    private const int SideMultiple = 32;

    private const float MinProbability = 0.3f;
    private const float MinScore = 0.5f;

    /// <summary>In pixels of the map; less is dirt.</summary>
    private const float MinShortSide = 3;

    /// <summary>How far a line reaches beyond what the model marks, by its area over its perimeter.</summary>
    private const float Unclip = 1.8f;

    /// <returns>The regions that look like text, from top to bottom.</returns>
    public IReadOnlyList<TextRegion> Detect(Image image, CancellationToken cancellationToken = default)
    {
        var scale = Math.Min(1, (float)maxSide / Math.Max(image.Width, image.Height));
        var (width, height) = (RoundSide(image.Width * scale), RoundSide(image.Height * scale));
        var input = new Tensor<float>(1, 3, height, width);
        PixelScaling.Detection.ToPlanes(Resampler.Resize(image.Pixels, width, height), input.Span);
        var map = model.Run<float, float>(input, cancellationToken);
        return FindRegions(map.Span, width, image);
    }

    /// <param name="map">The probability of each pixel of the scaled image.</param>
    internal static List<TextRegion> FindRegions(ReadOnlySpan<float> map, int width, Image image)
    {
        var height = map.Length / width;
        var scale = new Vector2((float)image.Width / width, (float)image.Height / height);
        var limit = new Vector2(image.Width, image.Height);
        var regions = new List<TextRegion>();
        var outline = new List<Vector2>();
        var blobs = new MapBlobs(map, width, MinProbability);
        while (blobs.MoveNext(outline))
        {
            var hull = new Vector2[outline.Count + 1];
            var rectangle = RotatedRectangle.Around(hull.AsSpan(0, ConvexHull.Of(CollectionsMarshal.AsSpan(outline), hull)));
            if (rectangle.ShortSide < MinShortSide)
                continue;
            var score = MeanWithin(rectangle, map, width);
            if (score < MinScore)
                continue;
            regions.Add(ToRegion(rectangle.Grow(rectangle.Area * Unclip / rectangle.Perimeter), score, scale, limit));
        }

        return regions;
    }

    private static int RoundSide(float side) => Math.Max(SideMultiple, (int)MathF.Round(side / SideMultiple) * SideMultiple);

    private static TextRegion ToRegion(RotatedRectangle rectangle, float score, Vector2 scale, Vector2 limit)
    {
        var corners = new float[8];
        var points = MemoryMarshal.Cast<float, Vector2>(corners.AsSpan());
        rectangle.CopyCornersTo(points);
        foreach (ref var point in points)
            point = Vector2.Clamp(point * scale, Vector2.Zero, limit);
        return new TextRegion(corners, score);
    }

    private static float MeanWithin(RotatedRectangle rectangle, ReadOnlySpan<float> map, int width)
    {
        Span<Vector2> corners = stackalloc Vector2[4];
        rectangle.CopyCornersTo(corners);
        var (min, max) = (corners[0], corners[0]);
        foreach (var corner in corners)
            (min, max) = (Vector2.Min(min, corner), Vector2.Max(max, corner));

        double sum = 0;
        var count = 0;
        for (var y = Math.Max(0, (int)min.Y); y < Math.Min(map.Length / width, max.Y); y++)
        {
            for (var x = Math.Max(0, (int)min.X); x < Math.Min(width, max.X); x++)
            {
                if (!rectangle.Contains(new Vector2(x + 0.5f, y + 0.5f)))
                    continue;
                sum += map[y * width + x];
                count++;
            }
        }

        return count == 0 ? 0 : (float)(sum / count);
    }
}
