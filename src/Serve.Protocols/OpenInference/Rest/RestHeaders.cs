using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>The header that divides a body with binary data: the bytes of its JSON.</summary>
internal static class RestHeaders
{
    public const string InferenceHeaderLength = "Inference-Header-Content-Length";

    /// <returns>The bytes of the JSON, 0 where the whole body is the one tensor, or null where the whole body is JSON.</returns>
    /// <param name="request">The request.</param>
    /// <param name="bodyLength">All its bytes, or null where it is chunked or compressed.</param>
    /// <param name="maxLength">The most bytes that a body may have.</param>
    public static int? ReadLength(HttpRequest request, long? bodyLength, int maxLength)
    {
        var values = request.Headers[InferenceHeaderLength];
        if (values.Count == 0)
            return null;
        var text = values.ToString();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= (bodyLength ?? maxLength))
            return length;
        var most = bodyLength is { } known ? $"{known}" : $"{maxLength}, the most that this server takes of a body (MaxRequestBytes)";
        throw TensorRules.Wrong($"The header {InferenceHeaderLength} is '{TensorRules.Shorten(text)}'; it is the number of bytes of the JSON at the body's beginning, from 0 to {most}.");
    }
}
