using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ProtoService = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Serve.Grpc;

/// <summary>The gRPC services of a program, as its endpoints tell.</summary>
internal sealed class MappedServices(IServiceProvider services)
{
    private static readonly ConditionalWeakTable<IServiceProvider, HashSet<string>> Once = [];

    private readonly Lazy<Dictionary<string, ProtoService?>> _byName = new(() => Find(services.GetServices<EndpointDataSource>()));

    /// <summary>The full names, in order.</summary>
    public IEnumerable<string> Names => _byName.Value.Keys.Order(StringComparer.Ordinal);

    /// <summary>What is known of the services from their .proto files.</summary>
    public IEnumerable<ProtoService> Descriptors => _byName.Value.Values.OfType<ProtoService>();

    public bool Has(string service) => _byName.Value.ContainsKey(service);

    /// <summary>Whether something that a program needs once is to be mapped now.</summary>
    public static bool MapsFirst(IEndpointRouteBuilder endpoints, string what)
    {
        var mapped = Once.GetOrCreateValue(endpoints.ServiceProvider);
        lock (mapped)
            return mapped.Add(what);
    }

    private static Dictionary<string, ProtoService?> Find(IEnumerable<EndpointDataSource> sources)
    {
        var found = new Dictionary<string, ProtoService?>(StringComparer.Ordinal);
        foreach (var method in sources.SelectMany(static source => source.Endpoints).Select(static endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()).OfType<GrpcMethodMetadata>())
            found[method.ServiceName] = method.Descriptor ?? found.GetValueOrDefault(method.ServiceName);
        return found;
    }
}
