using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Serve.Routing;

/// <summary>Which application serves which path, at one moment. Immutable; readers take one reference and never lock.</summary>
internal sealed class RouteTable
{
    public static readonly RouteTable Empty = new(isPopulated: false, ImmutableSortedDictionary<string, ApplicationRouter>.Empty);

    private readonly FrozenDictionary<string, ApplicationRouter> _byPrefix;
    private readonly FrozenDictionary<string, ApplicationRouter>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly FrozenDictionary<string, ApplicationRouter>.AlternateLookup<ReadOnlySpan<char>> _byService;

    public RouteTable(bool isPopulated, ImmutableSortedDictionary<string, ApplicationRouter> applications)
    {
        IsPopulated = isPopulated;
        Applications = applications;
        _byPrefix = applications.Values
            .Where(application => application.Routes.RoutePrefix is not null)
            .DistinctBy(application => application.Routes.RoutePrefix, StringComparer.Ordinal)
            .ToFrozenDictionary(application => application.Routes.RoutePrefix!, StringComparer.Ordinal);
        _lookup = _byPrefix.GetAlternateLookup<ReadOnlySpan<char>>();
        _byService = applications.Values
            .SelectMany(static application => application.Routes.GrpcServices ?? [], static (application, service) => (Service: service, Application: application))
            .GroupBy(static pair => pair.Service, static pair => pair.Application, StringComparer.Ordinal)
            .Where(static owners => owners.Take(2).Count() == 1)
            .ToFrozenDictionary(static owners => owners.Key, static owners => owners.First(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether a controller has spoken yet.</summary>
    public bool IsPopulated { get; }

    public ImmutableSortedDictionary<string, ApplicationRouter> Applications { get; }

    /// <summary>Finds the application with the longest prefix that ends at a slash of the path. The work depends on the path's depth only.</summary>
    public ApplicationRouter? Match(ReadOnlySpan<char> path)
    {
        while (path.Length > 1)
        {
            if (_lookup.TryGetValue(path, out var application))
                return application;
            path = path[..Math.Max(path.LastIndexOf('/'), 0)];
        }

        return _lookup.TryGetValue("/", out var root) ? root : null;
    }

    /// <summary>Finds the only application that has a gRPC service, by the service's full name.</summary>
    public ApplicationRouter? FindService(ReadOnlySpan<char> service) => _byService.TryGetValue(service, out var application) ? application : null;
}
