using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;

namespace Serve.Server.Proxy;

/// <summary>Finds the application that a request is for: by the longest path prefix, or for gRPC by its metadata.</summary>
internal static class ProxyRouter
{
    /// <summary>Names the application of a gRPC call where there are several.</summary>
    public const string ApplicationMetadata = "application";

    /// <param name="table">The routes.</param>
    /// <param name="context">The request.</param>
    /// <param name="root">The path under which the proxy serves everything, or nothing.</param>
    /// <returns>The application and the part of the path that is not its own, or no application.</returns>
    public static (ApplicationRouter? Application, string? Prefix) Route(RouteTable table, HttpContext context, string root)
    {
        if (ErrorResponse.IsGrpc(context.Request))
            return (RouteGrpc(table, context.Request.Headers[ApplicationMetadata]), null);
        if (!context.Request.Path.StartsWithSegments(root, StringComparison.Ordinal, out var path))
            return (null, null);
        var application = table.Match(path.HasValue ? path.Value : "/");
        var prefix = application?.Routes.RoutePrefix;
        return (application, prefix == "/" ? root.Length == 0 ? null : root : root + prefix);
    }

    private static ApplicationRouter? RouteGrpc(RouteTable table, string? name)
    {
        if (!string.IsNullOrEmpty(name))
            return table.Applications.GetValueOrDefault(name);
        return table.Applications.Count == 1 ? table.Applications.Values.First() : null;
    }
}
