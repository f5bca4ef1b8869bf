using System.Numerics;
using Ocr.Detection;

namespace Ocr.Pages;

/// <summary>
/// Puts the lines of a page into the order in which one reads them: columns of prose one after the other, everything else row by row. It cuts the page in two at a
/// gap that no line crosses, and the parts again (recursive XY cut, Nagy and Seth 1984).
/// </summary>
public static class ReadingOrder
{
    /// <param name="regions">Each starting where its text starts; the page may lie in any direction.</param>
    /// <returns>The positions of the regions in the list, first to read first.</returns>
    public static int[] Of(IReadOnlyList<TextRegion> regions)
    {
        var across = Vector2.Zero;
        foreach (var region in regions)
            across += region.Points[1] - region.Points[0];
        across = across == Vector2.Zero ? Vector2.UnitX : Vector2.Normalize(across);

        var boxes = new Box[regions.Count];
        for (var i = 0; i < boxes.Length; i++)
            boxes[i] = Box.Around(i, regions[i].Points, across);
        var order = new List<int>(boxes.Length);
        Visit(boxes, order);
        return [.. order];
    }

    private static void Visit(Span<Box> boxes, List<int> order)
    {
        if (boxes.Length == 0)
            return;
        var cut = CutColumns(boxes);
        if (cut == 0)
            cut = LargestGap(boxes, static (a, b) => a.Top.CompareTo(b.Top), static box => box.Top, static box => box.Bottom).Cut;
        if (cut > 0)
        {
            Visit(boxes[..cut], order);
            Visit(boxes[cut..], order);
            return;
        }

        boxes.Sort(static (a, b) => a.Left.CompareTo(b.Left));
        foreach (var box in boxes)
            order.Add(box.Index);
    }

    /// <returns>How many boxes are in the left part; 0 where the page isn't set in columns here. The boxes are sorted accordingly.</returns>
    private static int CutColumns(Span<Box> boxes)
    {
        var (cut, gap) = LargestGap(boxes, static (a, b) => a.Left.CompareTo(b.Left), static box => box.Left, static box => box.Right);
        return cut > 0 && IsProse(boxes[..cut], gap) && IsProse(boxes[cut..], gap) ? cut : 0;
    }

    /// <summary>Prose has lines above each other that are long beside their height; the names and values of a form or a table are short, and belong together in rows.</summary>
    private static bool IsProse(ReadOnlySpan<Box> boxes, float gap)
    {
        float width = 0, height = 0;
        foreach (var box in boxes)
        {
            width += box.Right - box.Left;
            height += box.Height;
        }

        return boxes.Length >= 2 && width >= 6 * height && gap >= height / boxes.Length / 2;
    }

    private static (int Cut, float Gap) LargestGap(Span<Box> boxes, Comparison<Box> order, Func<Box, float> start, Func<Box, float> end)
    {
        boxes.Sort(order);
        var (cut, gap) = (0, 0f);
        var reached = end(boxes[0]);
        for (var i = 1; i < boxes.Length; i++)
        {
            if (start(boxes[i]) - reached > gap)
                (cut, gap) = (i, start(boxes[i]) - reached);
            reached = Math.Max(reached, end(boxes[i]));
        }

        return (cut, gap);
    }

    /// <summary>A line in the page's own directions. Its top and bottom are those of the middle half of its height, for lines that stand close touch each other.</summary>
    private readonly record struct Box(int Index, float Left, float Right, float Top, float Bottom)
    {
        public float Height => 2 * (Bottom - Top);

        public static Box Around(int index, ReadOnlySpan<Vector2> corners, Vector2 across)
        {
            var down = new Vector2(-across.Y, across.X);
            var (min, max) = (new Vector2(float.MaxValue), new Vector2(float.MinValue));
            foreach (var corner in corners)
            {
                var projected = new Vector2(Vector2.Dot(corner, across), Vector2.Dot(corner, down));
                min = Vector2.Min(min, projected);
                max = Vector2.Max(max, projected);
            }

            var quarter = (max.Y - min.Y) / 4;
            return new Box(index, min.X, max.X, min.Y + quarter, max.Y - quarter);
        }
    }
}
