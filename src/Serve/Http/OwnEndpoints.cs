using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Http;

/// <summary>The routes below <c>/-/</c>: whether the proxy, or the program that serves by itself, is well, and what it serves.</summary>
internal static class OwnEndpoints
{
    public static Task InvokeAsync(HttpContext context, RouteTable table, string name) => (name, table.IsPopulated) switch
    {
        ("healthz" or "routes", false) => ErrorResponse.WriteAsync(context, ServeError.Unavailable, "Route table is not populated yet."),
        ("healthz", true) => context.Response.WriteAsync("success"),
        ("routes", true) => context.Response.WriteAsJsonAsync(
            table.Applications.Values.Where(application => application.Routes.RoutePrefix is not null).ToDictionary(application => application.Routes.RoutePrefix!, application => application.Name, StringComparer.Ordinal)),
        _ => ErrorResponse.WriteAsync(context, ServeError.NoRoute, $"There is no route '/-/{name}'; there are /-/healthz and /-/routes."),
    };
}
