using System.Numerics;

namespace Ocr.Imaging;

/// <summary>A mapping of the plane that keeps straight lines straight: (u X + v Y + Origin) / (u G + v H + 1).</summary>
internal readonly record struct Projection(Vector2 Origin, Vector2 X, Vector2 Y, float G, float H)
{
    /// <summary>The projection that takes the corners of the unit square to four points (Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, 2.2.3).</summary>
    public static Projection FromUnitSquare(ReadOnlySpan<Vector2> corners)
    {
        var sum = corners[0] - corners[1] + corners[2] - corners[3];
        var (right, bottom) = (corners[1] - corners[2], corners[3] - corners[2]);
        var area = Cross(right, bottom);
        var (g, h) = area == 0 ? (0, 0) : (Cross(sum, bottom) / area, Cross(right, sum) / area);
        return new Projection(corners[0], corners[1] - corners[0] + g * corners[1], corners[3] - corners[0] + h * corners[3], g, h);
    }

    public Vector2 At(float u, float v) => (u * X + v * Y + Origin) / (u * G + v * H + 1);

    private static float Cross(Vector2 a, Vector2 b) => a.X * b.Y - b.X * a.Y;
}
