using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Recognition;

namespace Ocr.Pages;

/// <summary>Reads the text of a page.</summary>
public sealed class PageReader(ITextDetector detector, IDirectionClassifier classifier, ITextRecognizer recognizer)
{
    /// <summary>What is read with less is not text.</summary>
    private const float MinConfidence = 0.5f;

    /// <returns>The lines in the order in which one reads them.</returns>
    public async Task<IReadOnlyList<TextLine>> ReadAsync(Image image, CancellationToken cancellationToken)
    {
        var regions = Array.ConvertAll(await detector.DetectAsync(image, cancellationToken), StripCutter.Orient);
        if (regions.Length == 0)
            return [];
        var strips = Array.ConvertAll(regions, region => StripCutter.Cut(image, region));
        Straighten(regions, strips, await classifier.ClassifyAsync(strips, cancellationToken));
        return Assemble(regions, await RecognizeAsync(strips, cancellationToken));
    }

    /// <summary>Turns the strips that are upside down, and lets their regions start where their text does.</summary>
    private static void Straighten(TextRegion[] regions, TextStrip[] strips, IReadOnlyList<TextDirection> directions)
    {
        var upsideDown = PageDirection.Settle(directions);
        for (var i = 0; i < regions.Length; i++)
        {
            if (!upsideDown[i])
                continue;
            strips[i] = strips[i].Turn();
            regions[i] = regions[i].StartingAt(2);
        }
    }

    /// <summary>Asks for all strips at once, in the order of their widths: those that come together are read together, and should be of one width.</summary>
    private async Task<RecognizedText[]> RecognizeAsync(TextStrip[] strips, CancellationToken cancellationToken)
    {
        var reads = new Task<RecognizedText>[strips.Length];
        foreach (var i in Enumerable.Range(0, strips.Length).OrderBy(i => strips[i].Width))
            reads[i] = recognizer.RecognizeAsync(strips[i], cancellationToken);
        return await Task.WhenAll(reads);
    }

    /// <summary>Drops what is not text, and puts the rest into reading order.</summary>
    private static TextLine[] Assemble(TextRegion[] regions, RecognizedText[] texts)
    {
        var read = Enumerable.Range(0, regions.Length).Where(i => texts[i].Confidence >= MinConfidence && texts[i].Text.AsSpan().Trim().Length > 0).ToArray();
        var order = ReadingOrder.Of(Array.ConvertAll(read, i => regions[i]));
        return Array.ConvertAll(order, i => ToLine(regions[read[i]], texts[read[i]]));
    }

    private static TextLine ToLine(TextRegion region, RecognizedText text) => new(text.Text.Trim(), text.Confidence, [.. region.Corners.Chunk(2)]);
}
