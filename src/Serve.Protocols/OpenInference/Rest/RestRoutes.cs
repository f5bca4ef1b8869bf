using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Serve.OpenInference.Rest;

/// <summary>All paths of the protocol, and who answers them.</summary>
internal static class RestRoutes
{
    /// <summary>A request that anyone can try: its inputs are the first thing that the answer names.</summary>
    private const string InferCurl = """-d '{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]}'""";

    private const string GenerateCurl = """-d '{"text_input":"text"}'""";

    public static IReadOnlyList<RestRoute> All { get; } =
    [
        Get("/v2", MetadataEndpoints.ServerAsync),
        Get("/v2/health/live", HealthEndpoints.LiveAsync),
        Get("/v2/health/ready", HealthEndpoints.ReadyAsync),
        Get("/v2/models", MetadataEndpoints.ModelsAsync),
        Get("/v2/models/stats", MetadataEndpoints.AllStatisticsAsync),
        .. OfModels(HttpMethods.Get, "", MetadataEndpoints.ModelAsync),
        .. OfModels(HttpMethods.Get, "/ready", HealthEndpoints.ModelReadyAsync),
        .. OfModels(HttpMethods.Get, "/config", MetadataEndpoints.ConfigAsync),
        .. OfModels(HttpMethods.Get, "/stats", MetadataEndpoints.StatisticsAsync),
        .. OfModels(HttpMethods.Post, "/infer", InferEndpoint.InvokeAsync, InferCurl),
        .. OfModels(HttpMethods.Post, "/generate", GenerateEndpoint.InvokeAsync, GenerateCurl),
        .. OfModels(HttpMethods.Post, "/generate_stream", GenerateEndpoint.StreamAsync, GenerateCurl),
        Post("/v2/repository/index", RepositoryEndpoints.IndexAsync),
        Post("/v2/repository/{repository}/index", RepositoryEndpoints.IndexAsync),
        Post("/v2/repository/models/{model}/load", RepositoryEndpoints.LoadAsync),
        Post("/v2/repository/{repository}/models/{model}/load", RepositoryEndpoints.LoadAsync),
        Post("/v2/repository/models/{model}/unload", RepositoryEndpoints.UnloadAsync),
        Post("/v2/repository/{repository}/models/{model}/unload", RepositoryEndpoints.UnloadAsync),
    ];

    private static RestRoute Get([StringSyntax("Route")] string pattern, Func<RestCall, Task> handler) => new(HttpMethods.Get, pattern, handler);

    private static RestRoute Post([StringSyntax("Route")] string pattern, Func<RestCall, Task> handler) => new(HttpMethods.Post, pattern, handler);

    private static IEnumerable<RestRoute> OfModels(string method, string path, Func<RestCall, Task> handler, string? curl = null) =>
    [
        new(method, "/v2/models/{model}" + path, handler, curl),
        new(method, "/v2/models/{model}/versions/{version}" + path, handler, curl),
    ];
}

/// <param name="Method">The verb.</param>
/// <param name="Pattern">The path.</param>
/// <param name="Handler">Who answers.</param>
/// <param name="Curl">How to try it, or null.</param>
internal sealed record RestRoute(string Method, string Pattern, Func<RestCall, Task> Handler, string? Curl = null);
