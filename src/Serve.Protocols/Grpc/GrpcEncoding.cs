using Microsoft.AspNetCore.Http;

namespace Serve.Grpc;

/// <summary>How messages may be compressed.</summary>
internal static class GrpcEncoding
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>As <c>grpc-accept-encoding</c> lists them.</summary>
    public const string All = "identity,gzip";

    /// <summary>Whether the client takes messages compressed by gzip.</summary>
    public static bool IsGzipAccepted(IHeaderDictionary headers)
    {
        foreach (var value in headers[GrpcHeaders.AcceptEncoding])
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[part].Trim().Equals(Gzip, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }
}
