using Serve;

namespace Ocr.Imaging;

/// <summary>How a model wants its pixels: (byte / 255 − mean) / deviation, in planes of blue, green and red.</summary>
internal sealed class PixelScaling
{
    public static readonly PixelScaling Detection = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);
    public static readonly PixelScaling Recognition = new([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]);

    private readonly float[][] _tables;

    private PixelScaling(float[] mean, float[] deviation) =>
        _tables = [.. mean.Zip(deviation, (m, d) => Enumerable.Range(0, 256).Select(value => (value / 255f - m) / d).ToArray())];

    /// <summary>Writes an image as planes that are as large as it, or wider.</summary>
    /// <param name="planes">Three planes of the image's height; what lies right of the image is left as it is.</param>
    public void ToPlanes(Tensor<byte> pixels, Span<float> planes)
    {
        var (height, width) = (pixels.Shape[0], pixels.Shape[1]);
        var planeWidth = planes.Length / 3 / height;
        for (var plane = 0; plane < 3; plane++)
        {
            var table = _tables[plane];
            var channel = 2 - plane; // the pixels are red, green, blue
            for (var y = 0; y < height; y++)
            {
                var source = pixels.Span.Slice(y * width * 3, width * 3);
                var target = planes.Slice((plane * height + y) * planeWidth, width);
                for (var x = 0; x < target.Length; x++)
                    target[x] = table[source[x * 3 + channel]];
            }
        }
    }
}
