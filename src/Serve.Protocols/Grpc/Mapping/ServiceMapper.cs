using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Serve.Grpc;

/// <summary>Is told of a generated service's methods, and maps each to the method of the class that overrides it.</summary>
/// <typeparam name="TService">The class.</typeparam>
internal sealed class ServiceMapper<TService>(IEndpointRouteBuilder endpoints, ServiceBinding binding, Func<HttpContext, TService> instance, GrpcServiceOptions options, IReadOnlyCollection<string> except)
    : ServiceBinderBase
    where TService : class
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The endpoints that were mapped.</summary>
    public List<IEndpointConventionBuilder> Mapped { get; } = [];

    /// <summary>The full names of the services that were mapped: one, as a rule.</summary>
    public IReadOnlyCollection<string> ServiceNames => _names;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var call = Bind<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method);
        Add(method, calls => calls.Unary((request, context) => call(Instance(context), request, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Bind<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method);
        Add(method, calls => calls.ClientStreaming((requests, context) => call(Instance(context), requests, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Bind<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Add(method, calls => calls.ServerStreaming((request, responses, context) => call(Instance(context), request, responses, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = Bind<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Add(method, calls => calls.Duplex((requests, responses, context) => call(Instance(context), requests, responses, context)));
    }

    private TService Instance(ServerCallContext context) => instance(((GrpcCall)context).Http);

    /// <summary>The class's method as a delegate that takes the object first.</summary>
    private static TDelegate Bind<TDelegate>(IMethod method)
        where TDelegate : Delegate
    {
        Type[] parameters = [.. typeof(TDelegate).GetMethod("Invoke")!.GetParameters().Skip(1).Select(static parameter => parameter.ParameterType)];
        var found = typeof(TService).GetMethod(method.Name, parameters) ?? throw new InvalidOperationException($"{typeof(TService)} has no method {method.Name} for the gRPC method {method.FullName}.");
        return found.CreateDelegate<TDelegate>();
    }

    private void Add<TRequest, TResponse>(Method<TRequest, TResponse> method, Func<MethodHandler<TRequest, TResponse>, RequestDelegate> answer)
    {
        _names.Add(method.ServiceName);
        if (except.Contains(method.Name))
            return;
        var format = new MarshallerFormat<TRequest, TResponse>(method.RequestMarshaller, method.ResponseMarshaller);
        var calls = GrpcEndpoints.Calls(endpoints, method.ServiceName, method.Name, format, options);
        Mapped.Add(GrpcEndpoints.Map(endpoints, new GrpcMethodMetadata(method.ServiceName, method.Name, method.Type, binding.Descriptor), answer(calls)));
    }
}
