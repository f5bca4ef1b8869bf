using System.Net;
using Microsoft.AspNetCore.Http;

namespace Serve.Server.Admin;

/// <summary>
/// Keeps web pages away from an admin API on loopback: whoever can deploy can run programs. A page of another site can make a browser
/// send requests here, by its own name for this machine (DNS rebinding) or as a simple cross-site request; both are recognised.
/// </summary>
internal sealed class BrowserGuard(string listenHost)
{
    private readonly bool _isLoopback = IPAddress.IsLoopback(IPAddress.Parse(listenHost));

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (WhyNot(context.Request) is { } reason)
            await AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status403Forbidden, reason));
        else if (MustBeJson(context.Request) && !context.Request.HasJsonContentType())
            await AdminAnswer.RefuseAsync(context, new Refusal(StatusCodes.Status415UnsupportedMediaType, $"The body is {Describe(context.Request.ContentType)}; send JSON, with Content-Type: application/json."));
        else
            await next(context);
    }

    private string? WhyNot(HttpRequest request)
    {
        var host = request.Host.Host;
        if (_isLoopback && host != "localhost" && !(IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
            return $"The admin API listens on loopback and answers to localhost and loopback addresses only, not to '{host}'.";
        return request.Headers.Origin is [{ } origin, ..] && origin != $"{request.Scheme}://{request.Host}"
            ? $"The admin API takes no requests from pages of '{origin}'."
            : null;
    }

    private static bool MustBeJson(HttpRequest request) => HttpMethods.IsPut(request.Method) || HttpMethods.IsPost(request.Method) || HttpMethods.IsPatch(request.Method);

    private static string Describe(string? contentType) => contentType is null ? "of no declared type" : $"of the type '{contentType}'";
}
