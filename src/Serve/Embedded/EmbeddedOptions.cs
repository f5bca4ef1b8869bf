using Microsoft.Extensions.Configuration;
using Serve.Specs;
using Serve.Specs.Routing;

namespace Serve.Embedded;

/// <summary>What a document says to a proxy, a program that serves by itself reads from its configuration, section <c>Serve:Embedded</c>.</summary>
internal sealed record EmbeddedOptions
{
    public const string Section = "Serve:Embedded";

    /// <summary>How long a request may take from its arrival to the last byte of its response; null is no limit.</summary>
    public TimeSpan? RequestTimeout { get; init; } = new HttpOptions().RequestTimeout;

    /// <summary>How many requests each client may send, or null for any number.</summary>
    public RateLimitSpec? RateLimit { get; init; }

    /// <exception cref="InvalidOperationException">A value is no number, or none that will do.</exception>
    public static EmbeddedOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var standard = new EmbeddedOptions { RateLimit = ReadRateLimit(section.GetSection("RateLimit")) };
        return section.GetValue<double?>("RequestTimeoutSeconds") switch
        {
            null => standard,
            <= 0 => standard with { RequestTimeout = null },
            { } seconds => standard with { RequestTimeout = TimeSpan.FromSeconds(seconds) },
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
