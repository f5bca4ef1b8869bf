using System.Buffers.Text;
using System.Text;

namespace Load;

/// <summary>Finds the end of an answer in the bytes that have come.</summary>
internal static class HttpAnswer
{
    /// <returns>Whether the answer is complete.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int status)
    {
        status = 0;
        var head = bytes.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        if (!bytes.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(bytes[9..], out status, out _))
            throw new IOException($"This is no answer: {Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 40)])}");
        var headers = bytes[..(head + 2)];
        var body = bytes[(head + 4)..];
        if (ValueOf(headers, "\r\nContent-Length: "u8, "\r\ncontent-length: "u8) is { IsEmpty: false } length)
            return Utf8Parser.TryParse(length, out int expected, out _) && body.Length >= expected;
        return status is 204 or 304 || body.EndsWith("0\r\n\r\n"u8);
    }

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerName)
    {
        var start = headers.IndexOf(name);
        if (start < 0)
            start = headers.IndexOf(lowerName);
        return start < 0 ? [] : headers[(start + name.Length)..];
    }
}
