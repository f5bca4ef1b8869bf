namespace Ocr.Recognition;

/// <summary>What a strip says.</summary>
/// <param name="Text">Empty where nothing was read.</param>
/// <param name="Confidence">The mean probability of its characters, from 0 to 1.</param>
public sealed record RecognizedText(string Text, float Confidence);
