using Serve;
using Serve.Onnx;

namespace Digits;

/// <param name="Pixels">The grey values of an 8 × 8 image, row by row: 64 numbers from 0 to 16.</param>
public sealed record DigitImage(float[] Pixels);

/// <param name="Digit">The most probable digit.</param>
/// <param name="Probabilities">The probability of each digit from 0 to 9.</param>
public sealed record DigitGuess(int Digit, float[] Probabilities);

/// <summary>Tells handwritten digits apart. Images that arrive together go through the model together.</summary>
[Deployment(NumCpus = 0.2)]
public sealed class Classifier : IIngress, IDisposable
{
    private const int PixelCount = 64;
    private const int Brightest = 16;
    private const int Classes = 10;

    private readonly OnnxModel _model = new(Path.Combine(AppContext.BaseDirectory, "digits.onnx"));

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints
        .MapPost("/digits", (Classifier classifier, DigitImage image, CancellationToken cancellationToken) => classifier.ClassifyAsync(image, cancellationToken))
        .WithCurl("""-H 'Content-Type: application/json' -d '{"pixels":[0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0]}'""");

    public void Dispose() => _model.Dispose();

    private Task<DigitGuess> ClassifyAsync(DigitImage image, CancellationToken cancellationToken)
    {
        if (image.Pixels is not { Length: PixelCount })
            throw new ServeException(ServeError.BadRequest, $"'pixels' has {image.Pixels?.Length ?? 0} numbers; it must have {PixelCount}, an 8 × 8 image row by row.");
        if (Array.FindIndex(image.Pixels, static pixel => !(pixel >= 0 && pixel <= Brightest)) is >= 0 and var wrong)
            throw new ServeException(ServeError.BadRequest, $"'pixels[{wrong}]' is {image.Pixels[wrong]}; grey values go from 0 to {Brightest}.");
        return Batcher.RunAsync(ClassifyManyAsync, image, cancellationToken);
    }

    [Batch(MaxBatchSize = 32)]
    private Task<IReadOnlyList<DigitGuess>> ClassifyManyAsync(IReadOnlyList<DigitImage> images, CancellationToken cancellationToken)
    {
        var pixels = new Tensor<float>(images.Count, PixelCount);
        for (var i = 0; i < images.Count; i++)
            images[i].Pixels.CopyTo(pixels.Span[(i * PixelCount)..]);
        var probabilities = _model.Run<float, float>(pixels, cancellationToken);
        return Task.FromResult<IReadOnlyList<DigitGuess>>([.. Enumerable.Range(0, images.Count).Select(i => ToGuess(probabilities.Span.Slice(i * Classes, Classes)))]);
    }

    private static DigitGuess ToGuess(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var digit = 1; digit < Classes; digit++)
        {
            if (probabilities[digit] > probabilities[best])
                best = digit;
        }

        return new DigitGuess(best, probabilities.ToArray());
    }
}
