using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Serve.Wire;

namespace Serve.Http;

/// <summary>Which multiplexed model a request is for.</summary>
internal static class ModelIds
{
    private const string GrpcContentType = "application/grpc";

    /// <returns>The id, or null where the request names none.</returns>
    public static string? Of(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(ModelIdHeader.Http, out var id))
            return TextOf(id);
        var isGrpc = headers.ContentType is [{ } type] && type.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase);
        foreach (var header in headers)
        {
            if (ModelIdHeader.Is(header.Key, isGrpc))
                return TextOf(header.Value);
        }

        return null;
    }

    private static string? TextOf(StringValues value) => StringValues.IsNullOrEmpty(value) ? null : value.ToString();
}
