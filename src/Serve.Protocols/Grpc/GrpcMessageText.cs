using System.Buffers;
using System.Text;

namespace Serve.Grpc;

/// <summary>Writes the words of a status as a header can carry them: UTF-8, with a percent sign before what is not printable ASCII (grpc/grpc, doc/PROTOCOL-HTTP2.md, "Status-Message").</summary>
internal static class GrpcMessageText
{
    /// <summary>Longer words are cut: clients bound their headers.</summary>
    private const int MaxLength = 4096;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string Encode(string text)
    {
        if (text.Length > MaxLength)
            text = text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
        if (!text.AsSpan().ContainsAnyExcept(Plain))
            return text;
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var letter in Encoding.UTF8.GetBytes(text))
        {
            if (letter is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)letter);
            else
                encoded.Append('%').Append(letter.ToString("X2"));
        }

        return encoded.ToString();
    }
}
