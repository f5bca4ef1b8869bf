using System.Text;

namespace Serve.Wire.Hop.Heads;

/// <summary>Texts of which there are few, so that none has to be made anew for each request.</summary>
internal static class CommonTexts
{
    private static readonly (byte[] Bytes, string Text)[] Known =
        [.. new[] { "GET", "POST", "http", "HTTP/1.1", "HTTP/2", "https", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "HTTP/1.0", "HTTP/3" }.Select(text => (Encoding.UTF8.GetBytes(text), text))];

    public static string Read(ref HeadReader reader)
    {
        var bytes = reader.ReadBytes();
        foreach (var (known, text) in Known)
        {
            if (bytes.SequenceEqual(known))
                return text;
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
