using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Serve.Routing.Limits;

/// <summary>What a request is counted by.</summary>
internal static class RateLimitKey
{
    /// <summary>Longer values are counted by their hash, so that a key takes little memory.</summary>
    private const int MaxLength = 64;

    public static string Of(string header) => header.Length <= MaxLength ? header : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(header)));

    /// <summary>One host has all addresses of a network of 64 bits (RFC 4291, section 2.5.4), so that they count as one.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes).ToString();
    }
}
