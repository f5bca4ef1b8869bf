using Ocr.Pages;
using Ocr.Recognition;
using Serve;
using Serve.Onnx;

namespace Ocr.Deployments;

/// <summary>Reads single lines, as many in one run of the model as wait.</summary>
[Deployment(NumCpus = 0.5, MaxOngoingRequests = 64)]
public sealed class Recognizer : ITextRecognizer, IDisposable
{
    private readonly OnnxModel _model = Models.LoadRecognition();
    private readonly TextRecognizer _recognizer;

    public Recognizer()
    {
        _recognizer = new TextRecognizer(_model, Models.LoadCharacters());
    }

    public Task<RecognizedText> RecognizeAsync(TextStrip strip, CancellationToken cancellationToken) => Batcher.RunAsync(RecognizeManyAsync, strip, cancellationToken);

    public void Dispose() => _model.Dispose();

    /// <summary>A run pads all strips to the widest one: more than a few of them cost more than they save.</summary>
    [Batch(MaxBatchSize = 6)]
    private Task<IReadOnlyList<RecognizedText>> RecognizeManyAsync(IReadOnlyList<TextStrip> strips, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RecognizedText>>(_recognizer.Recognize(strips, cancellationToken));
}
