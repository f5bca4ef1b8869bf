using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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

    /// <summary>
    /// Maps <c>grpc.health.v1.Health</c>: Check and Watch. Mapped services are serving, unless a <see cref="GrpcHealth"/> among the program's services says something else.
    /// Mapping it again does nothing.
    /// </summary>
    /// <param name="builder">Where it is mapped.</param>
    public static GrpcServiceEndpointConventionBuilder MapGrpcHealthService(this IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!MappedServices.MapsFirst(builder, nameof(HealthService)))
            return new GrpcServiceEndpointConventionBuilder([]);
        var services = builder.ServiceProvider;
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        var health = new HealthService(services.GetService<GrpcHealth>() ?? new GrpcHealth(), new MappedServices(services), HealthSources.Of(services), stopping);
        return builder.MapGrpcService(_ => health);
    }

    /// <summary>Maps <c>grpc.reflection.v1.ServerReflection</c> and its predecessor <c>v1alpha</c>, which tell clients such as grpcurl of the program's services. Mapping it again does nothing.</summary>
    /// <param name="builder">Where it is mapped.</param>
    public static GrpcServiceEndpointConventionBuilder MapGrpcReflectionService(this IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!MappedServices.MapsFirst(builder, nameof(ReflectionService)))
            return new GrpcServiceEndpointConventionBuilder([]);
        var answers = new ReflectionAnswers(new MappedServices(builder.ServiceProvider));
        var (current, alpha) = (new ReflectionService(answers), new AlphaReflectionService(answers));
        return new GrpcServiceEndpointConventionBuilder([builder.MapGrpcService(_ => current), builder.MapGrpcService(_ => alpha)]);
    }
}
