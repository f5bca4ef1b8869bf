using Serve.Routing;
using Serve.Wire.Control;

namespace Serve.Server.Controller;

/// <summary>
/// Finds the gRPC services that a program maps, so that its calls need no metadata to find it: endpoints with the path
/// of a gRPC method that take POST.
/// </summary>
internal static class GrpcServices
{
    /// <returns>Their full names, each once and in order; null where there is none.</returns>
    public static IReadOnlyList<string>? Of(ProgramDescription program)
    {
        var names = program.Deployments.Where(deployment => deployment.IsIngress).SelectMany(deployment => deployment.Routes)
            .Where(route => route.Method == "POST")
            .Select(route => GrpcPath.ServiceOf(route.Path))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count == 0 ? null : names;
    }
}
