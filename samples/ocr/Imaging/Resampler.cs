using Serve;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives; // the whole namespace would bring another Tensor<T>

namespace Ocr.Imaging;

/// <summary>
/// Changes the size of an image with a triangle filter: linear interpolation when it grows, and an average over the pixels that become one when it shrinks, so that
/// thin strokes fade instead of vanishing.
/// </summary>
internal static class Resampler
{
    private const int Channels = 3;

    public static Tensor<byte> Resize(Tensor<byte> source, int width, int height)
    {
        var (sourceHeight, sourceWidth) = (source.Shape[0], source.Shape[1]);
        if (width == sourceWidth && height == sourceHeight)
            return source;
        var result = new Tensor<byte>(height, width, Channels);
        var (rows, columns) = (new FilterTaps(sourceHeight, height), new FilterTaps(sourceWidth, width));
        var stride = sourceWidth * Channels;
        var row = new float[stride];
        var sum = new float[stride];
        for (var y = 0; y < height; y++)
        {
            sum.AsSpan().Clear();
            var weights = rows.Weights(y);
            for (var i = 0; i < weights.Length; i++)
            {
                TensorPrimitives.ConvertTruncating<byte, float>(source.Span.Slice((rows.First(y) + i) * stride, stride), row);
                TensorPrimitives.MultiplyAdd(row, weights[i], sum, sum);
            }

            ResizeRow(sum, columns, result.Span.Slice(y * width * Channels, width * Channels));
        }

        return result;
    }

    private static void ResizeRow(ReadOnlySpan<float> source, FilterTaps columns, Span<byte> target)
    {
        for (int x = 0, at = 0; at < target.Length; x++, at += Channels)
        {
            var from = columns.First(x) * Channels;
            float red = 0.5f, green = 0.5f, blue = 0.5f; // rounds the sum
            foreach (var weight in columns.Weights(x))
            {
                red += weight * source[from];
                green += weight * source[from + 1];
                blue += weight * source[from + 2];
                from += Channels;
            }

            target[at] = (byte)red;
            target[at + 1] = (byte)green;
            target[at + 2] = (byte)blue;
        }
    }

    /// <summary>For each pixel of one axis of the result, the pixels of the source that it is made of.</summary>
    private readonly struct FilterTaps
    {
        private readonly int[] _first;
        private readonly int[] _end;
        private readonly float[] _weights;

        public FilterTaps(int source, int target)
        {
            var scale = (double)source / target;
            var reach = Math.Max(1, scale);
            var width = (int)Math.Ceiling(reach) * 2 + 1;
            _first = new int[target];
            _end = new int[target];
            _weights = new float[target * width];
            for (var i = 0; i < target; i++)
            {
                var center = (i + 0.5) * scale - 0.5;
                _first[i] = Math.Max(0, (int)Math.Ceiling(center - reach));
                var last = Math.Min(source - 1, (int)Math.Floor(center + reach));
                var weights = _weights.AsSpan(i * width, last - _first[i] + 1);
                for (var k = 0; k < weights.Length; k++)
                    weights[k] = (float)(1 - Math.Abs(_first[i] + k - center) / reach);
                TensorPrimitives.Divide(weights, TensorPrimitives.Sum(weights), weights);
                _end[i] = i * width + weights.Length;
            }
        }

        public int First(int i) => _first[i];

        public ReadOnlySpan<float> Weights(int i)
        {
            var start = i * (_weights.Length / _first.Length);
            return _weights.AsSpan(start, _end[i] - start);
        }
    }
}
