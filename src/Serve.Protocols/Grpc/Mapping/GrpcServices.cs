using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Serve.Grpc;

/// <summary>Maps generated services.</summary>
internal static class GrpcServices
{
    /// <summary>Maps a service whose object the program finds by itself.</summary>
    /// <typeparam name="TService">A class that derives from a generated base class.</typeparam>
    /// <param name="endpoints">Where it is mapped.</param>
    /// <param name="instance">Gives the object that answers a call.</param>
    /// <param name="options">What holds for its methods; null is what the program has said.</param>
    /// <param name="except">The names of methods that are mapped in another way (<see cref="GrpcEndpoints"/>).</param>
    /// <exception cref="InvalidOperationException">The class is no service.</exception>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(
        this IEndpointRouteBuilder endpoints, Func<HttpContext, TService> instance, GrpcServiceOptions? options = null, params IReadOnlyCollection<string> except)
        where TService : class
    {
        var binding = ServiceBinding.Of(typeof(TService));
        var mapper = new ServiceMapper<TService>(endpoints, binding, instance, options ?? OptionsOf<TService>(endpoints.ServiceProvider), except);
        binding.Bind(mapper);
        foreach (var name in mapper.ServiceNames)
            UnimplementedEndpoints.MapMethods(endpoints, name);
        UnimplementedEndpoints.MapServices(endpoints);
        return new GrpcServiceEndpointConventionBuilder(mapper.Mapped);
    }

    /// <summary>What the program says of all services, and of this one.</summary>
    public static GrpcServiceOptions OptionsOf<TService>(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value.Clone();
        foreach (var configure in services.GetServices<ServiceOptions<TService>>())
            configure.Configure(options);
        return options;
    }
}

/// <summary>What the program says of one service.</summary>
/// <typeparam name="TService">The service.</typeparam>
/// <param name="Configure">Sets it.</param>
internal sealed record ServiceOptions<TService>(Action<GrpcServiceOptions> Configure);
