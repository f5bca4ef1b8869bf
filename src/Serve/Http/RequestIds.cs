using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Wire;

namespace Serve.Http;

/// <summary>What names a request in logs and answers.</summary>
internal static class RequestIds
{
    /// <summary>The request id in the metadata of gRPC, both ways.</summary>
    public const string GrpcMetadata = "request_id";

    private const int MaxLength = 256;

    private const int IdLength = 16;

    private const int IdsAtOnce = 64;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    /// <summary>The client's id for the request if it has a sensible one, else a new UUID.</summary>
    public static string Of(HttpRequest request)
    {
        var given = request.Headers[HopHeaders.RequestId];
        if (StringValues.IsNullOrEmpty(given) && ErrorResponse.IsGrpc(request))
            given = request.Headers[GrpcMetadata];
        return !StringValues.IsNullOrEmpty(given) && given.ToString() is { Length: <= MaxLength } text ? text : Make().ToString();
    }

    /// <summary>A random UUID (version 4, RFC 9562 §5.4). The system is asked for randomness only once for many of them: each question is a call of the kernel.</summary>
    private static Guid Make()
    {
        var random = _random ??= new byte[IdsAtOnce * IdLength];
        if (_used == 0)
            RandomNumberGenerator.Fill(random);
        var bytes = random.AsSpan(_used, IdLength);
        _used = (_used + IdLength) % random.Length;
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
