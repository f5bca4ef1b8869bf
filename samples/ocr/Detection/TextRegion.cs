using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Ocr.Detection;

/// <summary>A place in an image that looks like a line of text.</summary>
/// <param name="Corners">x and y of the four corners, in pixels of the image, clockwise, starting at the top left one: 8 numbers.</param>
/// <param name="Score">How sure the detector is, from 0 to 1.</param>
public sealed record TextRegion(float[] Corners, float Score)
{
    [JsonIgnore]
    public ReadOnlySpan<Vector2> Points => MemoryMarshal.Cast<float, Vector2>(Corners.AsSpan());

    /// <summary>The same place, with the corners starting that many further on.</summary>
    public TextRegion StartingAt(int corner) => this with { Corners = [.. Corners[(corner * 2)..], .. Corners[..(corner * 2)]] };
}
