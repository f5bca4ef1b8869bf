using System.Buffers;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Serve.Grpc;

/// <summary>Carries metadata between headers and <see cref="Metadata"/>: bytes travel as base64.</summary>
internal static class GrpcMetadata
{
    private static readonly SearchValues<char> KeyLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>What is of the protocol and not of the client.</summary>
    private static readonly HashSet<string> OfTheProtocol = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.TE, HeaderNames.Host, HeaderNames.ContentType, HeaderNames.ContentLength, HeaderNames.ContentEncoding, HeaderNames.AcceptEncoding,
        HeaderNames.Connection, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.Trailer,
        GrpcHeaders.Timeout, GrpcHeaders.Encoding, GrpcHeaders.AcceptEncoding, GrpcHeaders.Status, GrpcHeaders.Message, GrpcHeaders.StatusDetails, GrpcHeaders.EncodingRequest,
    };

    /// <exception cref="RpcException">A binary value is no base64.</exception>
    public static Metadata Read(IHeaderDictionary headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers)
        {
            if (name.AsSpan().ContainsAnyExcept(KeyLetters) || OfTheProtocol.Contains(name))
                continue;
            foreach (var value in values)
                Add(metadata, name, value ?? "");
        }

        return metadata;
    }

    /// <summary>Adds metadata to headers or trailers.</summary>
    /// <exception cref="RpcException">An entry can't be sent.</exception>
    public static void Write(Metadata metadata, IHeaderDictionary headers)
    {
        foreach (var entry in metadata)
        {
            if (OfTheProtocol.Contains(entry.Key) && entry.Key != GrpcHeaders.StatusDetails)
                continue;
            var value = entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw new RpcException(new RpcStatus(StatusCode.Internal, $"The service has set metadata '{entry.Key}' to a text that is not printable ASCII; a name that ends with '{Metadata.BinaryHeaderSuffix}' can carry any bytes."));
            headers.Append(entry.Key, value);
        }
    }

    private static void Add(Metadata metadata, string name, string value)
    {
        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(name, value);
            return;
        }

        // Several values may stand in one header (RFC 9110 §5.3); base64 has no comma.
        foreach (var part in value.Split(','))
            metadata.Add(name, Decode(name, part.Trim()));
    }

    private static byte[] Decode(string name, string text)
    {
        var padding = text.Length % 4 is var rest and not 0 ? new string('=', 4 - rest) : "";
        try
        {
            return Convert.FromBase64String(text + padding);
        }
        catch (FormatException)
        {
            throw new RpcException(new RpcStatus(StatusCode.InvalidArgument, $"The metadata '{name}' is not base64, as names that end with '{Metadata.BinaryHeaderSuffix}' have it."));
        }
    }
}
