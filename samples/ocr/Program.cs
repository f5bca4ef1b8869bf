using System.Text.Encodings.Web;
using System.Text.Json;
using Ocr;
using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Pages;
using Ocr.Recognition;

if (args is not [var path])
{
    Console.Error.WriteLine("Name one PNG or JPEG file: its lines of text are printed as JSON.");
    return 2;
}

using var decoding = Models.LoadDecoder();
using var detection = Models.LoadDetection();
using var direction = Models.LoadDirection();
using var recognition = Models.LoadRecognition();
var reader = new PageReader(new TextDetector(detection), new DirectionClassifier(direction), new TextRecognizer(recognition, Models.LoadCharacters()));
var json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
try
{
    var image = new ImageDecoder(decoding).Decode(File.ReadAllBytes(path));
    Console.WriteLine(JsonSerializer.Serialize(new { lines = reader.Read(image) }, json));
    return 0;
}
catch (Exception exception) when (exception is InvalidImageException or IOException)
{
    Console.Error.WriteLine($"{path}: {exception.Message}");
    return 1;
}
