using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Serve.OpenInference.Rest;

/// <summary>Writes an answer as JSON. A small one leaves in one piece with its length, a large one while it is written; never is all of a large text in memory.</summary>
internal static class JsonResponseWriter
{
    /// <summary>Less is not worth compressing.</summary>
    private const int MinCompressed = 1024;

    private const int CompressedPiece = 32 * 1024;

    public static async Task WriteAsync(HttpContext context, InferCall call, InferenceResponse response)
    {
        long bytes = 0;
        foreach (var output in response.Outputs)
        {
            JsonElements.Check(output.Name, output.Tensor);
            bytes += output.Tensor.ByteLength;
        }

        context.Response.ContentType = JsonAnswer.ContentType;
        if (bytes < MinCompressed)
        {
            await WritePlainAsync(context, call, response);
            return;
        }

        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (ContentEncodings.Wanted(context.Request) is { } encoding)
            await WriteCompressedAsync(context, call, response, encoding);
        else
            await WritePlainAsync(context, call, response);
    }

    private static async Task WritePlainAsync(HttpContext context, InferCall call, InferenceResponse response)
    {
        using var output = new JsonOutput(context.Response.BodyWriter, context.RequestAborted);
        await WriteAsync(output, call, response);
        output.Finish();
        if (!output.HasSent)
            context.Response.ContentLength = output.Written;
    }

    private static async Task WriteCompressedAsync(HttpContext context, InferCall call, InferenceResponse response, string encoding)
    {
        context.Response.Headers.ContentEncoding = encoding;
        await using Stream stream = encoding == ContentEncodings.Gzip
            ? new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        var target = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: CompressedPiece, leaveOpen: true));
        using (var output = new JsonOutput(target, context.RequestAborted))
        {
            await WriteAsync(output, call, response);
            output.Finish();
        }

        await target.CompleteAsync();
    }

    private static async ValueTask WriteAsync(JsonOutput output, InferCall call, InferenceResponse response)
    {
        var json = output.Json;
        ResponseFields.WriteHead(json, call.Id, response);
        json.WriteStartArray("outputs"u8);
        foreach (var tensor in response.Outputs)
        {
            ResponseFields.WriteOutput(json, tensor);
            json.WritePropertyName("data"u8);
            await output.WriteElementsAsync(tensor.Tensor, isList: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
