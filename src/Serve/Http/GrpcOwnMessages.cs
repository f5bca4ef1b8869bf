using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serve.Http;

/// <summary>The few messages of Serve's own gRPC services, which are small enough to be read and written as protobuf by hand.</summary>
internal static class GrpcOwnMessages
{
    private const int PrefixLength = 5;
    private const int MaxLength = 4096;

    /// <summary>The tag of field 1 with a length (protobuf, "Encoding"): <c>0A 03 6F6E65</c> is the text "one".</summary>
    private const byte Text = 0x0A;

    /// <summary>The tag of field 1 with a number: <c>08 01</c>.</summary>
    private const byte Number = 0x08;

    /// <summary>Reads the one message of a request, whose field 1 is a text or missing; a request without a message counts as an empty one.</summary>
    /// <returns>Null where the message is compressed, which is not understood here.</returns>
    /// <exception cref="ServeException">It is something else.</exception>
    public static async Task<string?> ReadTextAsync(HttpContext context)
    {
        var body = new byte[MaxLength + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (length == 0)
            return "";
        return body[0] == 1 ? null : Read(body.AsSpan(0, length)) ?? throw new ServeException(ServeError.BadRequest, $"The message must be a plain HealthCheckRequest of at most {MaxLength} bytes.");
    }

    /// <summary>A message whose field 1 has these texts.</summary>
    public static byte[] Texts(IEnumerable<string> texts)
    {
        var message = new ArrayBufferWriter<byte>();
        foreach (var text in texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            message.Write([Text]);
            // A number as protobuf writes it: seven bits a byte, the lowest first.
            for (var length = bytes.Length; ; length >>= 7)
            {
                message.Write([(byte)(length < 0x80 ? length : length | 0x80)]);
                if (length < 0x80)
                    break;
            }

            message.Write(bytes);
        }

        return message.WrittenSpan.ToArray();
    }

    /// <summary>A message whose field 1 is this number below 128.</summary>
    public static byte[] Small(byte number) => number == 0 ? [] : [Number, number];

    /// <summary>Writes a message in its frame.</summary>
    public static void Write(HttpResponse response, ReadOnlySpan<byte> message)
    {
        if (!response.HasStarted)
            response.ContentType = "application/grpc";
        var span = response.BodyWriter.GetSpan(PrefixLength + message.Length);
        span[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], message.Length);
        message.CopyTo(span[PrefixLength..]);
        response.BodyWriter.Advance(PrefixLength + message.Length);
    }

    /// <summary>Writes the only message of an answer, and its end.</summary>
    public static Task AnswerAsync(HttpResponse response, ReadOnlySpan<byte> message)
    {
        Write(response, message);
        response.AppendTrailer("grpc-status", "0");
        return response.CompleteAsync();
    }

    /// <summary>Answers that something is not understood.</summary>
    public static Task RefuseAsync(HttpResponse response, string status, string message)
    {
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = status;
        response.Headers["grpc-message"] = Uri.EscapeDataString(message);
        return response.CompleteAsync();
    }

    /// <returns>Null where it is no message.</returns>
    private static string? Read(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < PrefixLength || frame[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(frame[1..]) != frame.Length - PrefixLength)
            return null;
        var text = "";
        for (var rest = frame[PrefixLength..]; !rest.IsEmpty;)
        {
            if (!TakeNumber(ref rest, out var tag) || !TakeField(ref rest, tag, out var payload))
                return null;
            // What else there is belongs to clients that are newer.
            if (tag == Text)
                text = Encoding.UTF8.GetString(payload);
        }

        return text;
    }

    private static bool TakeField(ref ReadOnlySpan<byte> rest, ulong tag, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        ulong length;
        switch (tag & 7)
        {
            case 0:
                return TakeNumber(ref rest, out _);
            case 1:
                length = sizeof(ulong);
                break;
            case 2 when TakeNumber(ref rest, out length):
                break;
            case 5:
                length = sizeof(uint);
                break;
            default:
                return false;
        }

        if (length > (ulong)rest.Length)
            return false;
        payload = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        const int MaxSize = 10;
        value = 0;
        for (var i = 0; i < Math.Min(rest.Length, MaxSize); i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] >= 0x80)
                continue;
            rest = rest[(i + 1)..];
            return true;
        }

        return false;
    }
}
