using Serve.Onnx;

namespace Ocr.Recognition;

/// <summary>Reads strips of text with a PP-OCRv4 recognition model.</summary>
public sealed class TextRecognizer
{
    /// <summary>Narrower strips are filled up to what the model was trained on.</summary>
    private const int MinWidth = 320;

    private readonly OnnxModel _model;
    private readonly CtcDecoder _decoder;

    /// <param name="model">ch_PP-OCRv4_rec_infer.onnx.</param>
    /// <param name="characters">The characters that it tells apart, in the order of its classes (ppocr_keys_v1.txt).</param>
    /// <exception cref="ArgumentException">The model has another number of classes than the characters ask for.</exception>
    public TextRecognizer(OnnxModel model, IReadOnlyList<string> characters)
    {
        _model = model;
        _decoder = new CtcDecoder(characters);
        var classes = model.Outputs[0].Shape[^1];
        if (classes != _decoder.Classes)
            throw new ArgumentException($"The model '{model.Path}' tells {classes} classes apart; {characters.Count} characters, with blank and space, are {_decoder.Classes}.", nameof(characters));
    }

    /// <summary>Reads strips in one run, as wide as the widest of them: those of a batch should be of similar widths.</summary>
    /// <returns>One text for each strip, in their order.</returns>
    public RecognizedText[] Recognize(IReadOnlyList<TextStrip> strips, CancellationToken cancellationToken = default)
    {
        if (strips.Count == 0)
            return [];
        var width = Math.Max(MinWidth, strips.Max(strip => strip.Width));
        var probabilities = _model.Run<float, float>(StripBatch.Create([.. strips], width), cancellationToken);
        var length = probabilities.Length / strips.Count;
        var texts = new RecognizedText[strips.Count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = _decoder.Decode(probabilities.Span.Slice(i * length, length));
        return texts;
    }
}
