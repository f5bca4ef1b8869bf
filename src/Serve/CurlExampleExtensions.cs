using Microsoft.AspNetCore.Builder;
using Serve.Hosting;

namespace Serve;

/// <summary>Lets an endpoint say how to try it.</summary>
public static class CurlExampleExtensions
{
    /// <summary>What <c>serve run</c> prints behind <c>curl [address]</c> for this endpoint, for instance <c>--data-binary @image.png</c>.</summary>
    /// <typeparam name="TBuilder">The type of the endpoint's builder.</typeparam>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="arguments">The arguments of curl.</param>
    public static TBuilder WithCurl<TBuilder>(this TBuilder endpoint, string arguments)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new CurlExample(arguments));
}
