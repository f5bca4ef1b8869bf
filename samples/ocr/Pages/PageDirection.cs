using Ocr.Recognition;

namespace Ocr.Pages;

/// <summary>Decides which lines of a page are upside down.</summary>
public static class PageDirection
{
    /// <summary>A direction that is less sure than this is doubted: the model is wrong about one in a hundred lines, and then seldom as sure.</summary>
    private const float Certain = 0.98f;

    /// <summary>Lines that are certain keep their direction; the others follow the page.</summary>
    public static bool[] Settle(IReadOnlyList<TextDirection> lines)
    {
        var certain = lines.Where(line => line.Confidence >= Certain).ToArray();
        var upsideDown = (certain.Length > 0 ? certain : lines).Sum(line => line.UpsideDown ? line.Confidence : -line.Confidence) > 0;
        return [.. lines.Select(line => line.Confidence >= Certain ? line.UpsideDown : upsideDown)];
    }
}
