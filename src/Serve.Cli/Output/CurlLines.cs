using Serve.Admin;
using Serve.Wire.Control;

namespace Serve.Cli.Output;

/// <summary>Commands that a user can paste to try an application.</summary>
internal static class CurlLines
{
    private const string OpenApi = "/openapi/";

    public static IEnumerable<string> Of(ApplicationDetails application, string proxy) =>
        from route in application.Routes
        where !route.Path.StartsWith(OpenApi, StringComparison.Ordinal) && !route.Path.Contains('{')
        select Of(route, proxy + application.RoutePrefix!.TrimEnd('/'));

    private static string Of(RouteDescription route, string address)
    {
        var method = route.Method is "GET" or "*" || (route.Method == "POST" && route.Curl is not null) ? "" : $"-X {route.Method} ";
        return route.Curl is null ? $"curl {method}'{address}{route.Path}'" : $"curl {method}'{address}{route.Path}' {route.Curl}";
    }
}
