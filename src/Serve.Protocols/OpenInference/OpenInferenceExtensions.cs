using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Serve.OpenInference;

/// <summary>Maps the Open Inference Protocol in all its forms.</summary>
public static class OpenInferenceExtensions
{
    /// <summary>
    /// Maps the protocol over REST and gRPC, with gRPC's own services for health and reflection. Called in <see cref="IIngress.Map"/> of the deployment that has the models:
    /// <code>public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapOpenInference&lt;Models&gt;();</code>
    /// </summary>
    /// <typeparam name="T">The deployment's class.</typeparam>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="options">How the protocol is spoken, or null for the usual way.</param>
    public static IEndpointConventionBuilder MapOpenInference<T>(this IEndpointRouteBuilder endpoints, OpenInferenceOptions? options = null)
        where T : class, IInferenceServer => new GrpcServiceEndpointConventionBuilder(
        [
            endpoints.MapOpenInferenceRest<T>(options),
            endpoints.MapOpenInferenceGrpc<T>(options),
            endpoints.MapGrpcHealthService(),
            endpoints.MapGrpcReflectionService(),
        ]);
}
