using System.Text;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>Texts of messages. Names of models, tensors and types come again with each request: those that came last are kept, and found by their bytes.</summary>
internal static class WireTexts
{
    private const int MaxKeptSize = 64;
    private const int Places = 512;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Kept?[] Names = new Kept?[Places];

    /// <exception cref="ServeException">The bytes are no text.</exception>
    public static string Read(ReadOnlySpan<byte> utf8, string where)
    {
        if (utf8.IsEmpty)
            return "";
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw WireError.At(where, "a text is not valid UTF-8");
        }
    }

    /// <summary>Reads a text that is likely to come again.</summary>
    /// <exception cref="ServeException">The bytes are no text.</exception>
    public static string ReadName(ReadOnlySpan<byte> utf8, string where)
    {
        if (utf8.Length is 0 or > MaxKeptSize)
            return Read(utf8, where);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var place = ref Names[(uint)hash.ToHashCode() % Places];
        if (Volatile.Read(ref place) is { } kept && utf8.SequenceEqual(kept.Utf8))
            return kept.Text;
        var text = Read(utf8, where);
        Volatile.Write(ref place, new Kept(utf8.ToArray(), text));
        return text;
    }

    private sealed record Kept(byte[] Utf8, string Text);
}
