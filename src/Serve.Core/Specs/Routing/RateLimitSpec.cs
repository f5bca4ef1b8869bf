using Serve.Specs.Parsing;

namespace Serve.Specs.Routing;

/// <summary>How many requests each client may send to an application.</summary>
internal sealed record RateLimitSpec
{
    public const string ClientAddress = "client_address";
    public const string HeaderPrefix = "header:";

    [Key("requests_per_second", "How many requests of one key there may be in each second on average, through each proxy: proxies count for themselves.", Required = true, Minimum = 0, ExclusiveMinimum = true, Maximum = 1_000_000)]
    public double RequestsPerSecond { get; init; }

    [Key("burst", "How many may come at once after a pause. Not set: those of one second, at least one.", Minimum = 1, Maximum = 1_000_000)]
    public int? Burst { get; init; }

    [Key("key", "What requests are counted by: client_address, or header:<name>. Requests without the header count together; of IPv6 addresses the first 64 bits count.")]
    public string Key { get; init; } = ClientAddress;

    /// <summary>The header that requests are counted by, or null for the client's address.</summary>
    public string? Header => Key.StartsWith(HeaderPrefix, StringComparison.Ordinal) ? Key[HeaderPrefix.Length..] : null;

    /// <summary>How many may come at once.</summary>
    public double BurstOrDefault => Burst ?? Math.Max(1, RequestsPerSecond);

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if (Key != ClientAddress && (Header is not { Length: > 0 } header || !header.All(IsTokenCharacter)))
            yield return ("key", $"'{Key}' is nothing to count by; write {ClientAddress}, or {HeaderPrefix} and the name of a header, for instance {HeaderPrefix}x-api-key.");
    }

    /// <summary>RFC 9110, section 5.6.2.</summary>
    private static bool IsTokenCharacter(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);
}
