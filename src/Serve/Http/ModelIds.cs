using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Wire;

namespace Serve.Http;

/// <summary>Which multiplexed model a request is for.</summary>
internal static class ModelIds
{
    private static readonly string HttpWithHyphens = ModelIdHeader.Http.Replace('_', '-');

    /// <returns>The id, or null where the request names none.</returns>
    /// <exception cref="ServeException">The id is too long.</exception>
    public static string? Of(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TryGetValue(ModelIdHeader.Http, out var id) || headers.TryGetValue(HttpWithHyphens, out id))
            return Check(id);
        var isGrpc = ErrorResponse.IsGrpc(request);
        foreach (var header in headers)
        {
            if (ModelIdHeader.Is(header.Key, isGrpc))
                return Check(header.Value);
        }

        return null;
    }

    /// <exception cref="ServeException">The id is too long.</exception>
    public static string? Check(StringValues value)
    {
        if (StringValues.IsNullOrEmpty(value))
            return null;
        var id = value.ToString();
        return id.Length <= ModelIdHeader.MaxIdLength
            ? id
            : throw new ServeException(ServeError.BadRequest, $"The model id '{id[..32]}…' has {id.Length} characters; it may have {ModelIdHeader.MaxIdLength}.");
    }
}
