using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Recognition;

namespace Ocr.Pages;

/// <summary>Reads the text of a page, in one process and one call.</summary>
public sealed class PageReader(TextDetector detector, DirectionClassifier classifier, TextRecognizer recognizer)
{
    /// <summary>So many strips, of similar widths, are read in one run.</summary>
    private const int BatchSize = 6;

    /// <summary>What is read with less is not text.</summary>
    private const float MinConfidence = 0.5f;

    /// <returns>The lines in the order in which one reads them.</returns>
    public IReadOnlyList<TextLine> Read(Image image, CancellationToken cancellationToken = default)
    {
        var regions = detector.Detect(image, cancellationToken).Select(StripCutter.Orient).ToArray();
        var strips = Array.ConvertAll(regions, region => StripCutter.Cut(image, region));
        Straighten(regions, strips, classifier.Classify(strips, cancellationToken));
        var texts = Recognize(strips, cancellationToken);
        return Assemble(regions, texts);
    }

    /// <summary>Turns the strips that are upside down, and lets their regions start where their text does.</summary>
    public static void Straighten(TextRegion[] regions, TextStrip[] strips, IReadOnlyList<TextDirection> directions)
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

    /// <summary>Drops what is not text, and puts the rest into reading order.</summary>
    public static IReadOnlyList<TextLine> Assemble(IReadOnlyList<TextRegion> regions, IReadOnlyList<RecognizedText> texts)
    {
        var read = Enumerable.Range(0, regions.Count).Where(i => texts[i].Confidence >= MinConfidence && texts[i].Text.AsSpan().Trim().Length > 0).ToArray();
        var order = ReadingOrder.Of(Array.ConvertAll(read, i => regions[i]));
        return Array.ConvertAll(order, i => ToLine(regions[read[i]], texts[read[i]]));
    }

    private static TextLine ToLine(TextRegion region, RecognizedText text) => new(text.Text.Trim(), text.Confidence, [.. region.Corners.Chunk(2)]);

    private RecognizedText[] Recognize(TextStrip[] strips, CancellationToken cancellationToken)
    {
        var texts = new RecognizedText[strips.Length];
        foreach (var batch in Enumerable.Range(0, strips.Length).OrderBy(i => strips[i].Width).Chunk(BatchSize))
        {
            var read = recognizer.Recognize(Array.ConvertAll(batch, i => strips[i]), cancellationToken);
            for (var i = 0; i < batch.Length; i++)
                texts[batch[i]] = read[i];
        }

        return texts;
    }
}
