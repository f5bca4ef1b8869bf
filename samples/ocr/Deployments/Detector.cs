using Ocr.Detection;
using Ocr.Imaging;
using Ocr.Pages;
using Serve;
using Serve.Onnx;

namespace Ocr.Deployments;

/// <summary>Finds the lines of an image.</summary>
[Deployment(NumCpus = 0.3, MaxOngoingRequests = 2)]
public sealed class Detector : ITextDetector, IDisposable
{
    private readonly OnnxModel _model = Models.LoadDetection();
    private readonly TextDetector _detector;

    public Detector()
    {
        _detector = new TextDetector(_model);
    }

    public Task<TextRegion[]> DetectAsync(Image image, CancellationToken cancellationToken) => Task.FromResult(_detector.Detect(image, cancellationToken).ToArray());

    public void Dispose() => _model.Dispose();
}
