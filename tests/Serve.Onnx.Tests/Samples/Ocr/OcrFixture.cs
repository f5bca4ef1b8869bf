using System.Text.Json;
using Ocr;
using Ocr.Deployments;
using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Pages;
using Ocr.Recognition;

namespace Serve.Onnx.Tests.Samples;

/// <summary>The OCR models, loaded once for all tests, and the images with what they say.</summary>
public sealed class OcrFixture : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ocr-images");

    private readonly OnnxModel _decoding = Models.LoadDecoder();
    private readonly OnnxModel _detection = Models.LoadDetection();
    private readonly OnnxModel _recognition = Models.LoadRecognition();
    private readonly Detector _detector = new();
    private readonly Direction _direction = new();
    private readonly Recognizer _recognizer = new();

    public OcrFixture()
    {
        Decoder = new ImageDecoder(_decoding);
        Detector = new TextDetector(_detection);
        Recognizer = new TextRecognizer(_recognition, Models.LoadCharacters());
        Reader = new PageReader(_detector, _direction, _recognizer);
    }

    /// <summary>What each image says; null where it can't be read.</summary>
    public static IReadOnlyDictionary<string, string?> Expected { get; } =
        JsonSerializer.Deserialize<Dictionary<string, string?>>(File.ReadAllText(Path.Combine(Folder, "expected.json")))!;

    public ImageDecoder Decoder { get; }

    public TextDetector Detector { get; }

    public TextRecognizer Recognizer { get; }

    public PageReader Reader { get; }

    public static byte[] ReadFile(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public Image Decode(string name) => Decoder.Decode(ReadFile(name));

    public void Dispose()
    {
        _decoding.Dispose();
        _detection.Dispose();
        _recognition.Dispose();
        _detector.Dispose();
        _direction.Dispose();
        _recognizer.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class OcrCollection : ICollectionFixture<OcrFixture>
{
    public const string Name = "OCR models";
}
