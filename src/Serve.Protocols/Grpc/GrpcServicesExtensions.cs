using Serve.Grpc;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Sets what holds for the gRPC services of a program, as with Grpc.AspNetCore. Services can be mapped without it.</summary>
public static class GrpcServicesExtensions
{
    /// <summary>Sets what holds for all services.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configureOptions">Sets it.</param>
    public static IGrpcServerBuilder AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configureOptions = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        if (configureOptions is not null)
            services.Configure(configureOptions);
        return new GrpcServerBuilder(services);
    }

    /// <summary>Sets what holds for one service, over what holds for all.</summary>
    /// <typeparam name="TService">The class that is mapped.</typeparam>
    /// <param name="grpcBuilder">What <see cref="AddGrpc"/> gave.</param>
    /// <param name="configure">Sets it.</param>
    public static IGrpcServerBuilder AddServiceOptions<TService>(this IGrpcServerBuilder grpcBuilder, Action<GrpcServiceOptions> configure)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(grpcBuilder);
        ArgumentNullException.ThrowIfNull(configure);
        grpcBuilder.Services.AddSingleton(new ServiceOptions<TService>(configure));
        return grpcBuilder;
    }

    private sealed record GrpcServerBuilder(IServiceCollection Services) : IGrpcServerBuilder;
}

/// <summary>What more is set of the gRPC services of a program.</summary>
public interface IGrpcServerBuilder
{
    /// <summary>The program's services.</summary>
    IServiceCollection Services { get; }
}
