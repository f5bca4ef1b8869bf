using System.Numerics;

namespace Ocr.Detection;

/// <summary>A rectangle at an angle.</summary>
/// <param name="Across">The unit vector of its width. It never leans more than 45° from the x axis, so that the top left corner is where one looks for it.</param>
/// <param name="Size">Its width and height.</param>
internal readonly record struct RotatedRectangle(Vector2 Center, Vector2 Across, Vector2 Size)
{
    public float Area => Size.X * Size.Y;

    public float Perimeter => 2 * (Size.X + Size.Y);

    public float ShortSide => Math.Min(Size.X, Size.Y);

    /// <summary>The unit vector of its height.</summary>
    private Vector2 Down => new(-Across.Y, Across.X);

    /// <summary>The smallest rectangle around some points: one of its sides lies along a side of their convex hull.</summary>
    public static RotatedRectangle Around(ReadOnlySpan<Vector2> hull)
    {
        RotatedRectangle? best = null;
        for (var i = 0; i < hull.Length; i++)
        {
            var side = hull[(i + 1) % hull.Length] - hull[i];
            if (side == Vector2.Zero)
                continue;
            var rectangle = Along(Vector2.Normalize(side), hull);
            if (best is null || rectangle.Area < best.Value.Area)
                best = rectangle;
        }

        return best ?? new RotatedRectangle(hull[0], Vector2.UnitX, Vector2.Zero);
    }

    /// <summary>The rectangle with each side moved outwards.</summary>
    public RotatedRectangle Grow(float distance) => this with { Size = Size + new Vector2(2 * distance) };

    public bool Contains(Vector2 point)
    {
        var offset = point - Center;
        return Math.Abs(Vector2.Dot(offset, Across)) <= Size.X / 2 && Math.Abs(Vector2.Dot(offset, Down)) <= Size.Y / 2;
    }

    /// <summary>Top left, top right, bottom right, bottom left.</summary>
    public void CopyCornersTo(Span<Vector2> corners)
    {
        var (across, down) = (Across * (Size.X / 2), Down * (Size.Y / 2));
        corners[0] = Center - across - down;
        corners[1] = Center + across - down;
        corners[2] = Center + across + down;
        corners[3] = Center - across + down;
    }

    private static RotatedRectangle Along(Vector2 direction, ReadOnlySpan<Vector2> points)
    {
        var across = Upright(direction);
        var down = new Vector2(-across.Y, across.X);
        var (min, max) = (new Vector2(float.MaxValue), new Vector2(float.MinValue));
        foreach (var point in points)
        {
            var projected = new Vector2(Vector2.Dot(point, across), Vector2.Dot(point, down));
            min = Vector2.Min(min, projected);
            max = Vector2.Max(max, projected);
        }

        var middle = (min + max) / 2;
        return new RotatedRectangle(across * middle.X + down * middle.Y, across, max - min);
    }

    /// <summary>Of the four directions of a rectangle's sides, the one that is nearest to the right.</summary>
    private static Vector2 Upright(Vector2 direction)
    {
        var (x, y) = (direction.X, direction.Y);
        var nearest = Math.Abs(x) >= Math.Abs(y) ? direction : new Vector2(y, -x);
        return nearest.X < 0 ? -nearest : nearest;
    }
}
