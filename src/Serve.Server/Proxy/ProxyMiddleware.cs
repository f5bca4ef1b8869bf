using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Serve.Specs;
using Serve.Specs.Http;

namespace Serve.Server.Proxy;

/// <summary>The steps before the pipeline that a document may ask for, by ASP.NET Core's own middleware: who a trusted proxy says the client is, CORS, compression.</summary>
internal static class ProxyMiddleware
{
    public static void AddServices(IServiceCollection services, HttpOptions http)
    {
        if (http.Cors is not null)
            services.AddCors();
        if (http.Compression is { } compression)
        {
            services.AddResponseCompression(options =>
            {
                options.MimeTypes = compression.MimeTypes;
                options.EnableForHttps = compression.OverTls;
            });
        }
    }

    public static void Use(IApplicationBuilder app, HttpOptions http)
    {
        if (http.TrustedProxies.Count > 0)
            app.UseForwardedHeaders(ForwardedHeadersOf(http.TrustedProxies));
        if (http.Cors is { } cors)
            app.UseCors(policy => Apply(cors, policy));
        if (http.Compression is not null)
            app.UseResponseCompression();
    }

    /// <summary>Goes back along the chain of proxies until the first that nobody trusts.</summary>
    private static ForwardedHeadersOptions ForwardedHeadersOf(IReadOnlyList<string> trusted)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var text in trusted)
        {
            if (IPAddress.TryParse(text, out var address))
                options.KnownProxies.Add(address);
            else
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(text));
        }

        return options;
    }

    private static void Apply(CorsSpec cors, CorsPolicyBuilder policy)
    {
        policy.WithOrigins([.. cors.AllowedOrigins]).SetIsOriginAllowedToAllowWildcardSubdomains();
        policy.WithMethods([.. cors.AllowedMethods]).WithHeaders([.. cors.AllowedHeaders]).WithExposedHeaders([.. cors.ExposedHeaders]);
        policy.SetPreflightMaxAge(cors.MaxAge);
        if (cors.AllowCredentials)
            policy.AllowCredentials();
    }
}
