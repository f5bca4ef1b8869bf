using System.Text;

namespace Serve.Server.Store.Etcd;

/// <summary>etcd knows no prefixes, only ranges of bytes.</summary>
internal static class EtcdKeys
{
    /// <summary>As a key: the very first one; as the end of a range: no end.</summary>
    private static readonly byte[] Zero = [0];

    public static byte[] Encode(string key) => Encoding.UTF8.GetBytes(key);

    public static string Decode(byte[] key) => Encoding.UTF8.GetString(key);

    /// <summary>The range of all keys with a prefix.</summary>
    public static (byte[] Key, byte[] End) RangeOf(string prefix)
    {
        if (prefix.Length == 0)
            return (Zero, Zero);
        var key = Encode(prefix);
        // The last byte of UTF-8 text is never 255, so that it can be counted up.
        var end = key.ToArray();
        end[^1]++;
        return (key, end);
    }

    /// <summary>The prefix whose range this is, or null where it is another kind of range.</summary>
    public static string? PrefixOf(byte[] key, byte[]? end)
    {
        var prefix = key.AsSpan().SequenceEqual(Zero) ? "" : Decode(key);
        var (first, last) = RangeOf(prefix);
        return first.AsSpan().SequenceEqual(key) && last.AsSpan().SequenceEqual(end) ? prefix : null;
    }
}
