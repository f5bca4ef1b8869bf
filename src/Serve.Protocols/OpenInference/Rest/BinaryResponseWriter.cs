using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>
/// Writes an answer of which some outputs, or all, stand as bytes behind the JSON, in their order there. The bytes leave from where they lie, piece by piece, as fast as the client takes them.
/// </summary>
internal static class BinaryResponseWriter
{
    /// <summary>Large enough that the pieces cost nothing, and small enough that little of a tensor is copied ahead of the client.</summary>
    private const int Piece = 256 * 1024;

    /// <summary>Smaller ones leave together with what is around them.</summary>
    private const int Small = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    public static async Task WriteAsync(HttpContext context, InferCall call, InferenceResponse response)
    {
        var head = TakeBuffer();
        var length = WriteHead(head, call, response);
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers[RestHeaders.InferenceHeaderLength] = head.WrittenCount.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentLength = head.WrittenCount + length;

        var target = context.Response.BodyWriter;
        if (head.WrittenCount <= Small)
        {
            target.Write(head.WrittenSpan);
            _kept = head;
        }
        else
        {
            await SendAsync(context, head.WrittenMemory);
        }

        foreach (var output in response.Outputs)
        {
            if (!call.IsBinaryOutput(output.Name))
                continue;
            if (output.Tensor.ByteLength <= Small)
                target.Write(output.Tensor.Bytes);
            else
                await SendAsync(context, output.Tensor.Memory);
        }

        // Of an answer whose length is known Kestrel sends by itself only what comes before the first flush.
        if (context.Response.HasStarted)
            await target.FlushAsync(context.RequestAborted);
    }

    /// <summary>The one of this thread's last answer, if it was small.</summary>
    private static ArrayBufferWriter<byte> TakeBuffer()
    {
        var buffer = _kept ?? new ArrayBufferWriter<byte>(Small / 16);
        _kept = null;
        buffer.ResetWrittenCount();
        return buffer;
    }

    /// <summary>Writes the JSON.</summary>
    /// <returns>The bytes that follow it.</returns>
    private static long WriteHead(ArrayBufferWriter<byte> head, InferCall call, InferenceResponse response)
    {
        long bytes = 0;
        using var json = new Utf8JsonWriter(head, JsonAnswer.WriterOptions);
        ResponseFields.WriteHead(json, call.Id, response);
        json.WriteStartArray("outputs"u8);
        foreach (var output in response.Outputs)
        {
            ResponseFields.WriteOutput(json, output);
            if (call.IsBinaryOutput(output.Name))
            {
                json.WriteStartObject("parameters"u8);
                json.WriteNumber("binary_data_size"u8, output.Tensor.ByteLength);
                json.WriteEndObject();
                bytes += output.Tensor.ByteLength;
            }
            else
            {
                JsonElements.Check(output.Name, output.Tensor);
                json.WriteStartArray("data"u8);
                for (var place = default(JsonElements.Place); place.Element < output.Tensor.ElementCount;)
                    place = new JsonElements(json, output.Tensor, place).WriteSome();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        return bytes;
    }

    private static async ValueTask SendAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        var target = context.Response.BodyWriter;
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, Piece)];
            var flush = await target.WriteAsync(piece, context.RequestAborted);
            if (flush.IsCompleted || flush.IsCanceled)
                throw new OperationCanceledException("The client has gone.", context.RequestAborted);
            bytes = bytes[piece.Length..];
        }
    }
}
