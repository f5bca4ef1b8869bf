using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Serve.Grpc;

/// <summary>Finds what was generated for a service class: the base class that tells its methods, and the service's descriptor.</summary>
/// <param name="Base">The generated base class.</param>
/// <param name="Method">Tells the methods to a binder.</param>
/// <param name="Descriptor">The service as its .proto file says it, or null.</param>
internal sealed record ServiceBinding(Type Base, MethodInfo Method, ServiceDescriptor? Descriptor)
{
    /// <exception cref="InvalidOperationException">The class derives from no generated one.</exception>
    public static ServiceBinding Of(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is not { } attribute)
                continue;
            const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
            var method = attribute.BindType.GetMethod(attribute.BindMethodName, AnyStatic, [typeof(ServiceBinderBase), type])
                ?? throw new InvalidOperationException($"{attribute.BindType} has no method {attribute.BindMethodName}({nameof(ServiceBinderBase)}, {type.Name}), which the attribute on {type} names.");
            return new ServiceBinding(type, method, attribute.BindType.GetProperty("Descriptor", AnyStatic)?.GetValue(obj: null) as ServiceDescriptor);
        }

        throw new InvalidOperationException(
            $"{service} is no gRPC service: derive it from the base class that Grpc.Tools generates for the service of a .proto file (<Protobuf Include=\"x.proto\" GrpcServices=\"Server\" />).");
    }

    public void Bind(ServiceBinderBase binder) => Method.Invoke(obj: null, BindingFlags.DoNotWrapExceptions, binder: null, [binder, null], culture: null);
}
