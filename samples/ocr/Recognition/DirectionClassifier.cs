using Serve.Onnx;

namespace Ocr.Recognition;

/// <summary>Tells lines of text that are upside down, with the PP-OCR direction model.</summary>
/// <param name="model">ch_ppocr_mobile_v2.0_cls_infer.onnx: the probabilities of 0° and 180°.</param>
public sealed class DirectionClassifier(OnnxModel model)
{
    /// <summary>The model was trained on strips of four times their height.</summary>
    private const int Width = 192;

    /// <summary>A long line squeezed into that is a blur: of 477 lines 16 seemed upside down. Of its middle, squeezed by no more than a third, 3 did.</summary>
    private const int MaxWidth = 288;

    /// <returns>One direction for each strip, in their order.</returns>
    public TextDirection[] Classify(IReadOnlyList<TextStrip> strips, CancellationToken cancellationToken = default)
    {
        if (strips.Count == 0)
            return [];
        var probabilities = model.Run<float, float>(StripBatch.Create([.. strips.Select(strip => strip.Middle(MaxWidth))], Width), cancellationToken);
        var directions = new TextDirection[strips.Count];
        for (var i = 0; i < directions.Length; i++)
        {
            var (upright, upsideDown) = (probabilities.Span[i * 2], probabilities.Span[i * 2 + 1]);
            directions[i] = new TextDirection(upsideDown > upright, Math.Max(upright, upsideDown));
        }

        return directions;
    }
}
