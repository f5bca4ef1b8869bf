using Serve.Specs.Parsing;

namespace Serve.Specs.Http;

/// <summary>Which web pages of other origins may call, and how: the answers of the proxy to a browser's questions (Fetch standard, "CORS protocol").</summary>
internal sealed record CorsSpec
{
    /// <summary>Stands for all.</summary>
    public const string Any = "*";

    [Key("allowed_origins", "The origins whose pages may call: https://shop.example, https://*.shop.example, or '*' for all.", Required = true)]
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    [Key("allowed_methods", "The methods that they may use, or '*' for all.")]
    public IReadOnlyList<string> AllowedMethods { get; init; } = [Any];

    [Key("allowed_headers", "The headers that they may send, or '*' for all.")]
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [Any];

    [Key("exposed_headers", "The headers of a response that their scripts may read beside the usual ones.")]
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    [Key("allow_credentials", "Whether browsers may send cookies and passwords along.")]
    public bool AllowCredentials { get; init; }

    [Key("max_age_s", "How long a browser may remember what it was told.", Minimum = 0)]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if (AllowedOrigins.Count == 0)
            yield return ("allowed_origins", "names no origin; list those that may call, or leave cors out.");
        for (var i = 0; i < AllowedOrigins.Count; i++)
        {
            if (AllowedOrigins[i] != Any && !IsOrigin(AllowedOrigins[i]))
                yield return ($"allowed_origins[{i}]", $"'{AllowedOrigins[i]}' is not an origin; write scheme, host and port only, as https://shop.example, or '*'.");
        }

        if (AllowCredentials && AllowedOrigins.Contains(Any, StringComparer.Ordinal))
            yield return ("allow_credentials", "browsers refuse credentials where every origin is allowed; name the origins.");
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri is { Host.Length: > 0, AbsolutePath: "/", Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 }
        && !text.EndsWith('/')
        && !text.Contains(' ', StringComparison.Ordinal);
}
