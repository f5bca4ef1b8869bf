using Microsoft.Extensions.Configuration;
using Serve.Routing;
using Serve.Specs;
using Serve.Specs.Routing;

namespace Serve.Embedded;

/// <summary>What a document says to a proxy, a program that serves by itself reads from its configuration, section <c>Serve:Embedded</c>.</summary>
internal sealed record EmbeddedOptions
{
    private const string Section = "Serve:Embedded";

    /// <summary>How long requests may take that say nothing else: <c>RequestTimeoutSeconds</c>; 0 is no limit.</summary>
    public required RequestTimeouts Timeouts { get; init; }

    /// <summary>The header that names a client's session: <c>SessionHeader</c>.</summary>
    public required string SessionHeader { get; init; }

    /// <summary>How many requests each client may send: <c>RateLimit</c>, with <c>RequestsPerSecond</c>, <c>Burst</c> and <c>Key</c>; null is any number.</summary>
    public RateLimitSpec? RateLimit { get; init; }

    /// <exception cref="InvalidOperationException">A value can't be used.</exception>
    public static EmbeddedOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var http = new HttpOptions();
        if (section.GetValue<double?>("RequestTimeoutSeconds") is { } seconds)
            http = http with { RequestTimeout = seconds > 0 ? TimeSpan.FromSeconds(seconds) : null };
        return new EmbeddedOptions
        {
            Timeouts = new RequestTimeouts(http, new GrpcOptions()),
            SessionHeader = section["SessionHeader"] ?? http.SessionIdHeader,
            RateLimit = ReadRateLimit(section.GetSection("RateLimit")),
        };
    }

    private static RateLimitSpec? ReadRateLimit(IConfigurationSection section)
    {
        if (!section.Exists())
            return null;
        var limit = new RateLimitSpec
        {
            RequestsPerSecond = section.GetValue<double>(nameof(RateLimitSpec.RequestsPerSecond)),
            Burst = section.GetValue<int?>(nameof(RateLimitSpec.Burst)),
            Key = section.GetValue<string>(nameof(RateLimitSpec.Key)) ?? RateLimitSpec.ClientAddress,
        };
        var wrong = limit.RequestsPerSecond is > 0 and <= 1_000_000 && limit.Burst is null or >= 1
            ? limit.WhatIsWrong().Select(problem => problem.Message).FirstOrDefault()
            : "RequestsPerSecond must be more than 0 and at most 1000000, and Burst at least 1.";
        return wrong is null ? limit : throw new InvalidOperationException($"The section {section.Path} of the configuration is wrong: {wrong}");
    }
}
