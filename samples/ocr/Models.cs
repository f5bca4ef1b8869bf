using Serve.Onnx;

namespace Ocr;

/// <summary>The model files that the build puts beside the program.</summary>
public static class Models
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "models");

    private static string ExtensionsLibrary => OperatingSystem.IsWindows() ? "ortextensions.dll" : OperatingSystem.IsMacOS() ? "libortextensions.dylib" : "libortextensions.so";

    public static OnnxModel LoadDecoder() =>
        new(Path.Combine(Folder, "decode.onnx"), new OnnxOptions { CustomOpLibraries = [Path.Combine(AppContext.BaseDirectory, ExtensionsLibrary)] });

    public static OnnxModel LoadDetection() => new(Path.Combine(Folder, "detection.onnx"));

    public static OnnxModel LoadDirection() => new(Path.Combine(Folder, "direction.onnx"));

    public static OnnxModel LoadRecognition() => new(Path.Combine(Folder, "recognition.onnx"));

    public static string[] LoadCharacters() => File.ReadAllLines(Path.Combine(Folder, "characters.txt"));
}
