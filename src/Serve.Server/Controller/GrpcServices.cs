using Serve.Wire.Control;

namespace Serve.Server.Controller;

/// <summary>
/// Finds the gRPC services that a program maps, so that its calls need no metadata to find it: endpoints with the path
/// <c>/package.Service/Method</c> that take POST (grpc/grpc, doc/PROTOCOL-HTTP2.md, "Path").
/// </summary>
internal static class GrpcServices
{
    /// <returns>Their full names, each once and in order; null where there is none.</returns>
    public static IReadOnlyList<string>? Of(ProgramDescription program)
    {
        var names = program.Deployments.Where(deployment => deployment.IsIngress).SelectMany(deployment => deployment.Routes)
            .Where(route => route.Method == "POST")
            .Select(route => ServiceOf(route.Path))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count == 0 ? null : names;
    }

    private static string? ServiceOf(string path) => path.Split('/') is ["", var service, var method] && IsName(service.Split('.')) && IsName([method]) ? service : null;

    private static bool IsName(string[] parts) =>
        Array.TrueForAll(parts, static part => part.Length > 0 && !char.IsAsciiDigit(part[0]) && part.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'));
}
