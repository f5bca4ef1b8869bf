using Microsoft.Extensions.Configuration;
using Serve.Specs;

namespace Serve.Embedded;

/// <summary>What a document says to a proxy, a program that serves by itself reads from its configuration, section <c>Serve:Embedded</c>.</summary>
internal sealed record EmbeddedOptions
{
    public const string Section = "Serve:Embedded";

    /// <summary>How long a request may take from its arrival to the last byte of its response; null is no limit.</summary>
    public TimeSpan? RequestTimeout { get; init; } = new HttpOptions().RequestTimeout;

    /// <exception cref="InvalidOperationException">A value is no number.</exception>
    public static EmbeddedOptions Read(IConfiguration configuration)
    {
        var standard = new EmbeddedOptions();
        return configuration.GetSection(Section).GetValue<double?>("RequestTimeoutSeconds") switch
        {
            null => standard,
            <= 0 => standard with { RequestTimeout = null },
            { } seconds => standard with { RequestTimeout = TimeSpan.FromSeconds(seconds) },
        };
    }
}
