using System.Buffers;
using System.Text;

namespace Serve.Grpc;

/// <summary>Writes the words of a status as a header can carry them: UTF-8, with a percent sign before what is not printable ASCII (grpc/grpc, doc/PROTOCOL-HTTP2.md, "Status-Message").</summary>
internal static class GrpcMessageText
{
    /// <summary>Words that are longer as they travel are cut: clients bound their headers.</summary>
    private const int MaxLength = 4096;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Encode(string text)
    {
        if (text.Length <= MaxLength && !text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var encoded = new StringBuilder(Math.Min(text.Length + 16, MaxLength));
        Span<byte> bytes = stackalloc byte[4];
        foreach (var letter in text.EnumerateRunes())
        {
            var count = letter.EncodeToUtf8(bytes);
            var isPlain = letter.IsAscii && Plain.Contains((char)letter.Value);
            if (encoded.Length + (isPlain ? 1 : 3 * count) > MaxLength)
                break;
            if (isPlain)
            {
                encoded.Append((char)letter.Value);
                continue;
            }

            foreach (var one in bytes[..count])
                encoded.Append('%').Append(one.ToString("X2"));
        }

        return encoded.ToString();
    }
}
