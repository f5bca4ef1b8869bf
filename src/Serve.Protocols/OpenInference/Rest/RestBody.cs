using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>
/// The body of a request, decompressed and never longer than the bound. Its JSON is shown where it lies if it lies in one piece, as it does in small requests, and is else put together
/// once; tensors are copied to where they stay.
/// </summary>
internal sealed class RestBody : IDisposable
{
    private const int DecompressedPiece = 64 * 1024;
    private const int FirstCopy = 64 * 1024;

    /// <summary>The bound of a web server of which nobody has said anything.</summary>
    private const long UsualLimit = 30_000_000;

    private readonly PipeReader _reader;
    private readonly bool _isOwn;
    private readonly int _maxLength;
    private readonly CancellationToken _cancellationToken;
    private SequencePosition? _textEnd;
    private TensorMemory? _copy;
    private long _received;

    private RestBody(PipeReader reader, bool isOwn, long? length, int maxLength, CancellationToken cancellationToken)
    {
        _reader = reader;
        _isOwn = isOwn;
        _maxLength = maxLength;
        _cancellationToken = cancellationToken;
        Length = length;
    }

    /// <summary>All bytes, or null where that is known at their end only.</summary>
    public long? Length { get; }

    /// <exception cref="ServeException">It is too long, or its encoding is not known.</exception>
    public static RestBody Open(HttpContext context, OpenInferenceOptions options)
    {
        var request = context.Request;
        var max = options.MaxRequestBytes;
        if (request.ContentLength > max)
            throw TooLarge(max);
        // A smaller one that somebody has set, for the server or for a path, holds.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size && (size.MaxRequestBodySize ?? long.MaxValue) is var limit && (limit == UsualLimit || limit > max))
            size.MaxRequestBodySize = max;
        return ContentEncodings.Of(request) switch
        {
            null => new RestBody(request.BodyReader, isOwn: false, request.ContentLength, max, context.RequestAborted),
            ContentEncodings.Gzip => Decompressed(new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true)),
            _ => Decompressed(new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true)),
        };

        RestBody Decompressed(Stream stream) =>
            new(PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: DecompressedPiece)), isOwn: true, length: null, max, context.RequestAborted);
    }

    /// <summary>Shows the next bytes in one piece, until <see cref="ReleaseText"/>.</summary>
    /// <param name="length">How many, or null for all.</param>
    /// <exception cref="ServeException">There are fewer, or more than may be.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadTextAsync(int? length)
    {
        length ??= (int?)Length;
        var result = await ReadAsync();
        if (length is null ? result.IsCompleted && result.Buffer.IsSingleSegment : result.Buffer.First.Length >= length)
        {
            var text = length is { } known ? result.Buffer.First[..known] : result.Buffer.First;
            _textEnd = result.Buffer.GetPosition(text.Length);
            _received += text.Length;
            return text;
        }

        return await CopyTextAsync(result, length);
    }

    /// <summary>The bytes that were shown are not looked at any more.</summary>
    public void ReleaseText()
    {
        if (_textEnd is { } end)
            _reader.AdvanceTo(end);
        _textEnd = null;
        _copy?.Release();
        _copy = null;
    }

    /// <summary>Copies the next bytes.</summary>
    /// <param name="target">Where to; all of it is filled.</param>
    /// <param name="input">Which input they are of, for the message where there are too few.</param>
    public async ValueTask ReadDataAsync(Memory<byte> target, int input)
    {
        while (!target.IsEmpty)
        {
            var result = await ReadAsync();
            var part = result.Buffer.Length > target.Length ? result.Buffer.Slice(0, target.Length) : result.Buffer;
            var count = (int)part.Length;
            part.CopyTo(target.Span);
            _received += count;
            target = target[count..];
            _reader.AdvanceTo(part.End);
            if (result.IsCompleted && !target.IsEmpty && count == result.Buffer.Length)
                throw TensorRules.Wrong($"The body ends {target.Length} bytes before the end of the data of inputs[{input}].");
        }
    }

    /// <summary>Checks that nothing is left.</summary>
    public async ValueTask CheckEndAsync()
    {
        if (_received == Length)
            return;
        var result = await ReadAsync();
        var left = result.Buffer.Length;
        _reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        if (left > 0)
            throw TensorRules.Wrong($"The body has bytes left ({left} or more) after the data of all inputs; parameters.binary_data_size of each input must say how many are its own.");
    }

    public void Dispose()
    {
        ReleaseText();
        if (_isOwn)
            _reader.Complete();
    }

    private async ValueTask<ReadOnlyMemory<byte>> CopyTextAsync(ReadResult result, int? length)
    {
        // Of a body whose length nobody vouches for, a header says how long its text is: what has come decides how much memory it gets.
        _copy = NativeMemoryPool.Shared.Rent(Length is null ? Math.Min(length ?? FirstCopy, FirstCopy) : length ?? FirstCopy);
        var filled = 0;
        while (true)
        {
            var part = length is { } known && result.Buffer.Length > known - filled ? result.Buffer.Slice(0, known - filled) : result.Buffer;
            Reserve(filled, (int)part.Length);
            part.CopyTo(_copy.GetSpan()[filled..]);
            filled += (int)part.Length;
            _received += part.Length;
            _reader.AdvanceTo(part.End);
            if (filled == length || (result.IsCompleted && length is null))
                return _copy.Memory[..filled];
            if (result.IsCompleted)
                throw TensorRules.Wrong($"The body has {filled} bytes, fewer than the {length} that {RestHeaders.InferenceHeaderLength} or Content-Length says.");
            result = await ReadAsync();
        }
    }

    private void Reserve(int filled, int more)
    {
        if (filled + more <= _copy!.Memory.Length)
            return;
        var larger = NativeMemoryPool.Shared.Rent((int)Math.Min(Math.Max(2L * filled, (long)filled + more), _maxLength));
        _copy.GetSpan()[..filled].CopyTo(larger.GetSpan());
        _copy.Release();
        _copy = larger;
    }

    private async ValueTask<ReadResult> ReadAsync()
    {
        try
        {
            var result = await _reader.ReadAsync(_cancellationToken);
            if (_received + result.Buffer.Length <= _maxLength)
                return result;
            _reader.AdvanceTo(result.Buffer.Start);
            throw TooLarge(_maxLength);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new OperationCanceledException("The client has gone.", exception, _cancellationToken);
        }
        catch (InvalidDataException exception) when (_isOwn)
        {
            throw new ServeException(ServeError.BadRequest, "The body is not what its Content-Encoding says: it can't be decompressed.", exception);
        }
    }

    private static ServeException TooLarge(int max) => new(ServeError.TooLarge, $"The request's body has more than {max} bytes, the most that this server takes (MaxRequestBytes).");
}
