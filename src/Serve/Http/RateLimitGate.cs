using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serve.Routing.Limits;

namespace Serve.Http;

/// <summary>Counts a request against its application's rate limit. Compiled into the SDK and the server.</summary>
internal static class RateLimitGate
{
    /// <summary>Longer values are counted by their hash, so that a key takes little memory.</summary>
    private const int MaxKeyLength = 64;

    /// <exception cref="ServeException">The request's key has used up what it may send.</exception>
    public static void Check(KeyedRateLimit? limit, HttpContext context)
    {
        if (limit is null || limit.TryTake(KeyOf(limit, context)) is not { } wait)
            return;
        throw new ServeException(
            ServeError.RateLimited,
            $"Too many requests: the application takes {limit.Spec.RequestsPerSecond:0.###} per second of each {limit.Spec.Header ?? "client address"} (rate_limit). Try again in {wait.TotalSeconds:0.###} s.")
        {
            RetryAfter = wait,
        };
    }

    private static string KeyOf(KeyedRateLimit limit, HttpContext context)
    {
        var key = limit.Spec.Header is { } header ? context.Request.Headers[header].ToString() : AddressOf(context.Connection.RemoteIpAddress);
        return key.Length <= MaxKeyLength ? key : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    /// <summary>One host has all addresses of a network of 64 bits (RFC 4291, section 2.5.4), so that they count as one.</summary>
    private static string AddressOf(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
            return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes).ToString();
    }
}
