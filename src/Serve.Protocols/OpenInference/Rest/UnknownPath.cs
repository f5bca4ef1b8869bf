using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;

namespace Serve.OpenInference.Rest;

/// <summary>Answers what no route takes: 405 where the path is there for another verb, and else 404, both with an error that a client of the protocol can read.</summary>
internal static class UnknownPath
{
    private static readonly (RestRoute Route, TemplateMatcher Matcher)[] Matchers =
        [.. RestRoutes.All.Select(route => (route, new TemplateMatcher(TemplateParser.Parse(route.Pattern[1..]), [])))];

    public static Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var allowed = Matchers.Where(entry => entry.Matcher.TryMatch(request.Path, [])).Select(entry => entry.Route.Method).Distinct(StringComparer.Ordinal).ToArray();
        if (allowed.Length == 0)
            return RestErrors.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no '{request.Path}' in the protocol as this server speaks it; GET /v2 lists its extensions.", retryAfterSeconds: null);
        context.Response.Headers.Allow = allowed;
        return RestErrors.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"'{request.Path}' is there for {string.Join(" and ", allowed)}, not for {request.Method}.", retryAfterSeconds: null);
    }
}
