using System.Text.Json.Serialization;
using Serve;

namespace Ocr.Imaging;

/// <summary>A colour image.</summary>
/// <param name="Pixels">The rows from the top, of pixels from the left, of red, green and blue: [height, width, 3].</param>
public sealed record Image(Tensor<byte> Pixels)
{
    [JsonIgnore]
    public int Width => Pixels.Shape[1];

    [JsonIgnore]
    public int Height => Pixels.Shape[0];
}
