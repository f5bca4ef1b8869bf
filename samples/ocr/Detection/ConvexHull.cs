using System.Numerics;

namespace Ocr.Detection;

internal static class ConvexHull
{
    /// <summary>The corners of the smallest convex polygon around some points, in order (Andrew's monotone chain).</summary>
    /// <param name="points">Are sorted.</param>
    /// <param name="hull">Gets the corners; one longer than the points.</param>
    /// <returns>How many corners there are; 1 where all points are the same.</returns>
    public static int Of(Span<Vector2> points, Span<Vector2> hull)
    {
        points.Sort(static (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Y.CompareTo(b.Y));
        var count = 0;
        for (var i = 0; i < points.Length; i++)
            count = Add(points[i], hull, count, keep: 0);
        var lower = count - 1;
        for (var i = points.Length - 2; i >= 0; i--)
            count = Add(points[i], hull, count, keep: lower);
        return Math.Max(1, count - 1); // the last is the first again
    }

    private static int Add(Vector2 point, Span<Vector2> hull, int count, int keep)
    {
        if (count > 0 && hull[count - 1] == point)
            return count;
        while (count >= keep + 2 && Cross(hull[count - 2], hull[count - 1], point) <= 0)
            count--;
        hull[count] = point;
        return count + 1;
    }

    private static float Cross(Vector2 origin, Vector2 a, Vector2 b) => (a.X - origin.X) * (b.Y - origin.Y) - (a.Y - origin.Y) * (b.X - origin.X);
}
