using Serve.Specs.Parsing;

namespace Serve.Specs.Http;

/// <summary>Which responses the proxy compresses, with Brotli or gzip as the client prefers.</summary>
internal sealed record CompressionSpec
{
    [Key("mime_types", "The types of content that are compressed. A stream of events is not among them by default: each would wait for the next ones.")]
    public IReadOnlyList<string> MimeTypes { get; init; } = ["application/json", "application/javascript", "application/wasm", "application/xml", "text/css", "text/csv", "text/html", "text/plain", "text/xml"];

    [Key("over_tls", "Whether that holds over TLS too. A response that mixes a secret with what an attacker may choose gives the secret away by its length (BREACH).")]
    public bool OverTls { get; init; }

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        for (var i = 0; i < MimeTypes.Count; i++)
        {
            if (MimeTypes[i].Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
                yield return ($"mime_types[{i}]", $"'{MimeTypes[i]}' is not a type of content such as text/html or text/*.");
        }
    }
}
