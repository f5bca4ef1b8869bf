using System.Text.Json;
using Ocr;
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
    private readonly OnnxModel _direction = Models.LoadDirection();
    private readonly OnnxModel _recognition = Models.LoadRecognition();

    public OcrFixture()
    {
        Decoder = new ImageDecoder(_decoding);
        Detector = new TextDetector(_detection);
        Recognizer = new TextRecognizer(_recognition, Models.LoadCharacters());
        Reader = new PageReader(Detector, new DirectionClassifier(_direction), Recognizer);
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
        _direction.Dispose();
        _recognition.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class OcrCollection : ICollectionFixture<OcrFixture>
{
    public const string Name = "OCR models";
}
