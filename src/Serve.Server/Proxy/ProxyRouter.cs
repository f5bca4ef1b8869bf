using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;

namespace Serve.Server.Proxy;

/// <summary>Finds the application that a request is for: by the longest path prefix, or for gRPC by its metadata.</summary>
internal static class ProxyRouter
{
    /// <summary>Names the application of a gRPC call where there are several.</summary>
    public const string ApplicationMetadata = "application";

    /// <returns>The application and the prefix that the path has, or no application.</returns>
    public static (ApplicationRouter? Application, string? Prefix) Route(RouteTable table, HttpContext context)
    {
        if (ErrorResponse.IsGrpc(context.Request))
            return (RouteGrpc(table, context.Request.Headers[ApplicationMetadata]), null);
        var application = table.Match(context.Request.Path.Value);
        var prefix = application?.Routes.RoutePrefix;
        return (application, prefix == "/" ? null : prefix);
    }

    private static ApplicationRouter? RouteGrpc(RouteTable table, string? name)
    {
        if (!string.IsNullOrEmpty(name))
            return table.Applications.GetValueOrDefault(name);
        return table.Applications.Count == 1 ? table.Applications.Values.First() : null;
    }
}
