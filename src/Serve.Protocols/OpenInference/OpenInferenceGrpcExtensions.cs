using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc;
using Serve.OpenInference.Grpc;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.OpenInference;

/// <summary>Maps the Open Inference Protocol over gRPC.</summary>
public static class OpenInferenceGrpcExtensions
{
    /// <summary>
    /// Maps <c>inference.GRPCInferenceService</c>, with Triton's extensions that are honoured. Called in <see cref="IIngress.Map"/> of the deployment that has the models:
    /// <code>public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapOpenInferenceGrpc&lt;Models&gt;();</code>
    /// </summary>
    /// <typeparam name="T">The deployment's class.</typeparam>
    /// <param name="endpoints">Where to map.</param>
    /// <param name="options">How the protocol is spoken, or null for the usual way.</param>
    public static GrpcServiceEndpointConventionBuilder MapOpenInferenceGrpc<T>(this IEndpointRouteBuilder endpoints, OpenInferenceOptions? options = null)
        where T : class, IInferenceServer
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var settings = options ?? new OpenInferenceOptions();
        // The deployment's own object: it is found without a scope for each call.
        var services = endpoints.ServiceProvider;
        var limits = GrpcServices.OptionsOf<T>(services);
        limits.MaxReceiveMessageSize = settings.MaxRequestBytes;
        var service = GRPCInferenceService.Descriptor.FullName;
        HealthSources.Of(services).Add(service, cancellationToken => services.GetRequiredService<T>().IsReadyAsync(cancellationToken));
        const string Infer = nameof(GRPCInferenceService.GRPCInferenceServiceBase.ModelInfer);
        const string Stream = nameof(GRPCInferenceService.GRPCInferenceServiceBase.ModelStreamInfer);
        var methods = new InferMethods(services.GetRequiredService<T>, settings);
        return new GrpcServiceEndpointConventionBuilder(
        [
            endpoints.MapGrpcService(_ => new OpenInferenceService(services.GetRequiredService<T>(), settings), limits, except: [Infer, Stream]),
            GrpcEndpoints.MapUnary(endpoints, service, Infer, new ModelInferCodec(settings.MaxRequestBytes), methods.InferAsync, limits),
            GrpcEndpoints.MapDuplex(endpoints, service, Stream, new ModelStreamInferCodec(settings.MaxRequestBytes), methods.StreamAsync, limits),
        ]);
    }
}
