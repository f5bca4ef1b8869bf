using Microsoft.Extensions.Configuration;
using Serve.Routing;
using Serve.Specs;

namespace Serve.Embedded;

/// <summary>What a document says to a proxy, a program that serves by itself reads from its configuration, section <c>Serve:Embedded</c>.</summary>
internal sealed record EmbeddedOptions
{
    private const string Section = "Serve:Embedded";

    /// <summary>How long requests may take that say nothing else: <c>RequestTimeoutSeconds</c>; 0 is no limit.</summary>
    public required RequestTimeouts Timeouts { get; init; }

    /// <summary>The header that names a client's session: <c>SessionHeader</c>.</summary>
    public required string SessionHeader { get; init; }

    /// <exception cref="InvalidOperationException">A value can't be used.</exception>
    public static EmbeddedOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var http = new HttpOptions();
        if (section.GetValue<double?>("RequestTimeoutSeconds") is { } seconds)
            http = http with { RequestTimeout = seconds > 0 ? TimeSpan.FromSeconds(seconds) : null };
        return new EmbeddedOptions { Timeouts = new RequestTimeouts(http, new GrpcOptions()), SessionHeader = section["SessionHeader"] ?? http.SessionIdHeader };
    }
}
