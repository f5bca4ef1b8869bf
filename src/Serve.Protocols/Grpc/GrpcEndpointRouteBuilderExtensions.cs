using Microsoft.AspNetCore.Routing;
using Serve.Grpc;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services: <c>endpoints.MapGrpcService&lt;GreeterService&gt;()</c>, as with Grpc.AspNetCore.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Maps all methods of a service. A deployment's class is the replica's own object; a class that is registered comes from there; any other is made anew for each call.</summary>
    /// <typeparam name="TService">A class that derives from the base class that Grpc.Tools generates for a service.</typeparam>
    /// <param name="builder">Where it is mapped: what <c>IIngress.Map</c> gets, or the program itself.</param>
    /// <exception cref="InvalidOperationException">The class is no service.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.MapGrpcService(ServiceActivator.Of<TService>(builder.ServiceProvider));
    }
}
