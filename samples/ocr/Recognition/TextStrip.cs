using System.Text.Json.Serialization;
using Serve;

namespace Ocr.Recognition;

/// <summary>A line of text, cut out of its image and straightened.</summary>
/// <param name="Pixels">Red, green and blue: [<see cref="Height"/>, width, 3].</param>
public sealed record TextStrip(Tensor<byte> Pixels)
{
    /// <summary>The height that the models read.</summary>
    public const int Height = 48;

    [JsonIgnore]
    public int Width => Pixels.Shape[1];

    /// <summary>The strip turned upside down.</summary>
    public TextStrip Turn()
    {
        var turned = new Tensor<byte>(Pixels.Shape);
        var source = Pixels.Span;
        var target = turned.Span;
        for (int from = source.Length - 3, to = 0; from >= 0; from -= 3, to += 3)
            source.Slice(from, 3).CopyTo(target[to..]);
        return new TextStrip(turned);
    }

    /// <summary>The middle of a strip that is wider than that; a narrower one whole.</summary>
    public TextStrip Middle(int width)
    {
        if (Width <= width)
            return this;
        var middle = new Tensor<byte>(Height, width, 3);
        var skip = (Width - width) / 2;
        for (var y = 0; y < Height; y++)
            Pixels.Span.Slice((y * Width + skip) * 3, width * 3).CopyTo(middle.Span.Slice(y * width * 3));
        return new TextStrip(middle);
    }
}
