using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>How bodies are compressed (RFC 9110 §8.4): requests as they say, answers as their client likes it.</summary>
internal static class ContentEncodings
{
    public const string Gzip = "gzip";

    /// <summary>The zlib format, whatever the name makes one think.</summary>
    public const string Deflate = "deflate";

    private const string Identity = "identity";

    /// <summary>How a request's body is compressed, or null.</summary>
    /// <exception cref="BadHttpRequestException">In a way that nobody here knows.</exception>
    public static string? Of(HttpRequest request)
    {
        var text = request.Headers.ContentEncoding.ToString();
        if (text.Length == 0 || text.Equals(Identity, StringComparison.OrdinalIgnoreCase))
            return null;
        if (text.Equals(Gzip, StringComparison.OrdinalIgnoreCase) || text.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            return Gzip;
        return text.Equals(Deflate, StringComparison.OrdinalIgnoreCase)
            ? Deflate
            : throw new BadHttpRequestException($"The header Content-Encoding is '{TensorRules.Shorten(text)}'; this server knows {Gzip} and {Deflate}.", StatusCodes.Status415UnsupportedMediaType);
    }

    /// <summary>How the client wants its answer compressed, or null for not at all.</summary>
    public static string? Wanted(HttpRequest request)
    {
        if (request.Headers.AcceptEncoding.Count == 0)
            return null;
        double? gzip = null, deflate = null, any = null;
        foreach (var value in request.GetTypedHeaders().AcceptEncoding)
        {
            var quality = value.Quality ?? 1;
            if (value.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase))
                gzip = quality;
            else if (value.Value.Equals(Deflate, StringComparison.OrdinalIgnoreCase))
                deflate = quality;
            else if (value.Value.Equals("*", StringComparison.Ordinal))
                any = quality;
        }

        gzip ??= any ?? 0;
        deflate ??= any ?? 0;
        return (gzip, deflate) switch
        {
            ( > 0, _) when gzip >= deflate => Gzip,
            (_, > 0) => Deflate,
            _ => null,
        };
    }
}
