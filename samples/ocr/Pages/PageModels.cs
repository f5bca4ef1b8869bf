using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Recognition;

namespace Ocr.Pages;

/// <summary>Finds the regions of an image that look like lines of text.</summary>
public interface ITextDetector
{
    Task<TextRegion[]> DetectAsync(Image image, CancellationToken cancellationToken);
}

/// <summary>Tells which way up each strip is.</summary>
public interface IDirectionClassifier
{
    Task<TextDirection[]> ClassifyAsync(TextStrip[] strips, CancellationToken cancellationToken);
}

/// <summary>Reads a strip.</summary>
public interface ITextRecognizer
{
    Task<RecognizedText> RecognizeAsync(TextStrip strip, CancellationToken cancellationToken);
}
