using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serve.Grpc;

/// <summary>
/// Maps methods of gRPC services. A request that its codec has made, and that is disposable, is disposed by the layer: that of a unary call when the handler has ended, a response
/// when it is written. What a stream gives belongs to the handler, which may work on several at once: it disposes each.
/// </summary>
internal static class GrpcEndpoints
{
    private const string LoggerName = "Serve.Grpc";

    /// <summary>Maps a method of one message and one.</summary>
    public static IEndpointConventionBuilder MapUnary<TRequest, TResponse>(
        IEndpointRouteBuilder endpoints, string service, string method, IMessageCodec<TRequest, TResponse> codec, Func<TRequest, ServerCallContext, Task<TResponse>> handler, GrpcServiceOptions options)
    {
        var calls = Calls(endpoints, service, method, new CodecFormat<TRequest, TResponse>(codec), options);
        return Map(endpoints, new GrpcMethodMetadata(service, method, MethodType.Unary, Descriptor: null), calls.Unary(handler));
    }

    /// <summary>Maps a method of many messages and many.</summary>
    public static IEndpointConventionBuilder MapDuplex<TRequest, TResponse>(
        IEndpointRouteBuilder endpoints, string service, string method, IMessageCodec<TRequest, TResponse> codec,
        Func<IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> handler, GrpcServiceOptions options)
    {
        var calls = Calls(endpoints, service, method, new CodecFormat<TRequest, TResponse>(codec), options);
        return Map(endpoints, new GrpcMethodMetadata(service, method, MethodType.DuplexStreaming, Descriptor: null), calls.Duplex(handler));
    }

    /// <summary>What answers the calls of a method.</summary>
    /// <exception cref="InvalidOperationException">The options can't be used.</exception>
    public static MethodHandler<TRequest, TResponse> Calls<TRequest, TResponse>(
        IEndpointRouteBuilder endpoints, string service, string method, MessageFormat<TRequest, TResponse> format, GrpcServiceOptions options)
    {
        options.Validate();
        var services = endpoints.ServiceProvider;
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(LoggerName);
        return new(new MethodSettings(service, method, options, services.GetService<TimeProvider>() ?? TimeProvider.System, logger), format);
    }

    /// <summary>Maps a method with what answers it. The program describes it as a route, by which the proxy finds the service.</summary>
    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, GrpcMethodMetadata method, RequestDelegate calls) =>
        endpoints.MapPost($"/{method.ServiceName}/{method.MethodName}", calls)
            .WithDisplayName($"gRPC - /{method.ServiceName}/{method.MethodName}")
            .WithMetadata(method);
}
