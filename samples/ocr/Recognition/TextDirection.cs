namespace Ocr.Recognition;

/// <summary>Which way up a line of text is.</summary>
/// <param name="Confidence">How sure that is, from 0.5 to 1.</param>
public readonly record struct TextDirection(bool UpsideDown, float Confidence);
