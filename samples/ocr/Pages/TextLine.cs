namespace Ocr.Pages;

/// <summary>A line of text on a page.</summary>
/// <param name="Confidence">The mean probability of its characters, from 0 to 1.</param>
/// <param name="Box">x and y of its four corners in pixels of the image, clockwise as the line is read: on a page that is upside down the first is at the bottom right.</param>
public sealed record TextLine(string Text, float Confidence, float[][] Box);
