using Ocr.Imaging;
using Serve;

namespace Ocr.Recognition;

internal static class StripBatch
{
    /// <summary>Puts strips into one input of a model: [strips, 3, height, width]. Narrower ones are filled up on the right with grey, which is 0 to the model; wider ones are squeezed.</summary>
    public static Tensor<float> Create(ReadOnlySpan<TextStrip> strips, int width)
    {
        var batch = new Tensor<float>(strips.Length, 3, TextStrip.Height, width);
        var length = 3 * TextStrip.Height * width;
        for (var i = 0; i < strips.Length; i++)
        {
            var strip = strips[i];
            var pixels = strip.Width > width ? Resampler.Resize(strip.Pixels, width, TextStrip.Height) : strip.Pixels;
            PixelScaling.Recognition.ToPlanes(pixels, batch.Span.Slice(i * length, length));
        }

        return batch;
    }
}
