using Ocr.Pages;
using Ocr.Recognition;
using Serve;
using Serve.Onnx;

namespace Ocr.Deployments;

/// <summary>Tells which way up the lines of a page are.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 2)]
public sealed class Direction : IDirectionClassifier, IDisposable
{
    private readonly OnnxModel _model = Models.LoadDirection();
    private readonly DirectionClassifier _classifier;

    public Direction()
    {
        _classifier = new DirectionClassifier(_model);
    }

    public Task<TextDirection[]> ClassifyAsync(TextStrip[] strips, CancellationToken cancellationToken) => Task.FromResult(_classifier.Classify(strips, cancellationToken).ToArray());

    public void Dispose() => _model.Dispose();
}
