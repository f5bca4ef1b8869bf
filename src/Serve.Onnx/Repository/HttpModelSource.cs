using System.Net;

namespace Serve.Onnx.Repository;

/// <summary>One .onnx file from a web server. What was brought before is used again only where a checksum says that it is the right one.</summary>
internal sealed class HttpModelSource : IModelSource, IDisposable
{
    private const int BufferSize = 1 << 16;

    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(15);

    /// <summary>A server that sends nothing for so long is given up.</summary>
    private static readonly TimeSpan StallTime = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectTimeout = ConnectTime, AutomaticDecompression = DecompressionMethods.All }) { Timeout = Timeout.InfiniteTimeSpan };

    public IReadOnlyList<string> Schemes => ["http", "https"];

    public async Task<string> FetchAsync(ModelSourceRequest request, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(request.Address.AbsolutePath);
        if (!name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) || name != Uri.UnescapeDataString(name))
            throw new OnnxModelException($"'{request.Address}' must be the address of one .onnx file; a whole folder can't be had from a web server. Mount it, or bring it onto the machine beforehand.");
        var path = Path.Combine(request.Folder, name);
        if (request.Sha256 is { } known && File.Exists(path) && IsSame(path, known))
            return path;
        var temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            await DownloadAsync(request, temporary, cancellationToken);
            if (request.Sha256 is { } expected)
                FileHash.Check(temporary, "SHA256", expected);
            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OnnxModelException($"The model '{request.Address}' can't be had: {exception.Message}", exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public void Dispose() => _client.Dispose();

    private static bool IsSame(string path, string sha256)
    {
        try
        {
            FileHash.Check(path, "SHA256", sha256);
            return true;
        }
        catch (OnnxModelException)
        {
            return false;
        }
    }

    private async Task DownloadAsync(ModelSourceRequest request, string path, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(StallTime);
        using var response = await _client.GetAsync(request.Address, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength > request.MaxBytes)
            throw TooLarge(request);
        await using var body = await response.Content.ReadAsStreamAsync(stall.Token);
        await using var file = File.Create(path, BufferSize);
        var buffer = new byte[BufferSize];
        var total = 0L;
        while (await body.ReadAsync(buffer, stall.Token) is > 0 and var read)
        {
            stall.CancelAfter(StallTime);
            // What is compressed says nothing of its size beforehand.
            if ((total += read) > request.MaxBytes)
                throw TooLarge(request);
            await file.WriteAsync(buffer.AsMemory(0, read), stall.Token);
        }
    }

    private static OnnxModelException TooLarge(ModelSourceRequest request) =>
        new($"The model '{request.Address}' has more than {request.MaxBytes} bytes, the most that are allowed ({nameof(ModelRepositoryOptions)}.{nameof(ModelRepositoryOptions.MaxDownloadBytes)}).");
}
