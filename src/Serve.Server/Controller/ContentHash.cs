using System.Security.Cryptography;
using System.Text;

namespace Serve.Server.Controller;

/// <summary>A short name for content: equal parts give equal names.</summary>
internal static class ContentHash
{
    private const int Length = 16;

    public static string Of(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Length];
    }
}
