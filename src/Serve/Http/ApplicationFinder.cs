using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Http;

/// <summary>Finds the application that a request is for: by the longest path prefix, or for gRPC by its metadata or its service.</summary>
internal static class ApplicationFinder
{
    /// <summary>Names the application of a gRPC call where its service does not tell.</summary>
    public const string ApplicationMetadata = "application";

    /// <param name="table">The routes.</param>
    /// <param name="context">The request.</param>
    /// <param name="root">The path under which everything is served, or nothing.</param>
    /// <returns>The application and the part of the path that is not its own, or no application.</returns>
    public static (ApplicationRouter? Application, string? Prefix) Find(RouteTable table, HttpContext context, string root)
    {
        if (ErrorResponse.IsGrpc(context.Request))
            return (RouteGrpc(table, context.Request), null);
        var path = context.Request.Path;
        if (root.Length > 0 && !path.StartsWithSegments(root, StringComparison.Ordinal, out path))
            return (null, null);
        var application = table.Match(path.HasValue ? path.Value : "/");
        var prefix = application?.Routes.RoutePrefix;
        return (application, prefix == "/" ? root.Length == 0 ? null : root : root + prefix);
    }

    /// <summary>What a client must change whose request found no application.</summary>
    public static string Explain(RouteTable table, HttpRequest request) =>
        ErrorResponse.IsGrpc(request) ? ExplainGrpc(table, request) : $"No application is served at '{request.Path}'; /-/routes lists them.";

    private static string ExplainGrpc(RouteTable table, HttpRequest request)
    {
        var names = table.Applications.Count == 0 ? "none" : string.Join(", ", table.Applications.Keys);
        var given = request.Headers[ApplicationMetadata].ToString();
        return given.Length > 0
            ? $"There is no application '{given}', which the metadata '{ApplicationMetadata}' names; there are {names}."
            : $"No application alone has the service of '{request.Path}'; the metadata '{ApplicationMetadata}' must name one of the applications {names}.";
    }

    private static ApplicationRouter? RouteGrpc(RouteTable table, HttpRequest request)
    {
        var name = request.Headers[ApplicationMetadata].ToString();
        if (name.Length > 0)
            return table.Applications.GetValueOrDefault(name);
        return table.FindService(ServiceOf(request.Path.Value)) ?? (table.Applications.Count == 1 ? table.Applications.Values.First() : null);
    }

    /// <summary>The service in a path such as <c>/package.Service/Method</c>.</summary>
    private static ReadOnlySpan<char> ServiceOf(string? path)
    {
        var rest = path is { Length: > 1 } ? path.AsSpan(1) : default;
        return rest.IndexOf('/') is > 0 and var end ? rest[..end] : default;
    }
}
