using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Admin;

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
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsJsonAsync(new AdminError(reason), AdminJson.Default.AdminError);
            return;
        }

        await next(context);
    }

    private string? WhyNot(HttpRequest request)
    {
        var host = request.Host.Host;
        if (_isLoopback && host != "localhost" && !(IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
            return $"The admin API listens on loopback and answers to localhost and loopback addresses only, not to '{host}'.";
        if (request.Headers.Origin is [{ } origin, ..] && origin != $"{request.Scheme}://{request.Host}")
            return $"The admin API takes no requests from pages of '{origin}'.";
        var mustBeJson = HttpMethods.IsPut(request.Method) || HttpMethods.IsPost(request.Method) || HttpMethods.IsPatch(request.Method);
        return mustBeJson && !request.HasJsonContentType() ? "The admin API takes JSON only: send Content-Type: application/json." : null;
    }
}
