using Microsoft.AspNetCore.Mvc;
using Ocr.Imaging;
using Ocr.Pages;
using Serve;
using Serve.Onnx;

namespace Ocr.Deployments;

/// <summary>The lines of a page in reading order.</summary>
public sealed record OcrResult(IReadOnlyList<TextLine> Lines);

/// <summary>The ingress: takes an image, and has the other deployments find and read its lines.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 16)]
public sealed class Reader : IIngress, IDisposable
{
    private const int MaxImageBytes = 32 * 1024 * 1024;

    private readonly OnnxModel _decoding = Models.LoadDecoder();
    private readonly ImageDecoder _decoder;
    private readonly PageReader _pages;

    public Reader(DeploymentHandle<ITextDetector> detector, DeploymentHandle<IDirectionClassifier> direction, DeploymentHandle<ITextRecognizer> recognizer)
    {
        _decoder = new ImageDecoder(_decoding);
        _pages = new PageReader(detector.Remote, direction.Remote, recognizer.Remote);
    }

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints
        .MapPost("/ocr", async (Reader reader, HttpRequest request, CancellationToken cancellationToken) => await reader.ReadAsync(request, cancellationToken))
        .Accepts<byte[]>("image/png", "image/jpeg")
        .WithMetadata(new RequestSizeLimitAttribute(MaxImageBytes))
        .WithCurl("-H 'Content-Type: image/png' --data-binary @samples/ocr/images/paragraph.png");

    public void Dispose() => _decoding.Dispose();

    private async Task<OcrResult> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var image = _decoder.Decode(body.ToArray(), cancellationToken);
        return new OcrResult(await _pages.ReadAsync(image, cancellationToken));
    }
}
