namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints that show what a request looks like from inside, and that answer in every way.</summary>
internal static class RequestProbes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/pid", () => Environment.ProcessId.ToString());
        endpoints.MapGet("/request", (HttpContext http) => new
        {
            PathBase = http.Request.PathBase.Value,
            Path = http.Request.Path.Value,
            Query = http.Request.QueryString.Value,
            http.Request.Protocol,
            Headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
        });
        endpoints.MapGet("/moved", () => Results.LocalRedirect("~/pid"));
        endpoints.MapGet("/status", (int code) => Results.StatusCode(code));
        endpoints.MapGet("/throw", string () => throw new InvalidOperationException("a secret of the program"));
        endpoints.MapGet("/own-request-id", (HttpContext http) =>
        {
            http.Response.Headers["x-request-id"] = "the program's own";
            return "ok";
        });
        endpoints.MapGet("/wait", async (double seconds, CancellationToken cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken);
            return "waited";
        });
        endpoints.MapGet("/hold", async (Door door, string key, CancellationToken cancellationToken) =>
        {
            await door.Journal.RunAsync(key, "door", () => door.Journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
            return "done";
        });
        endpoints.MapMethods("/echo", ["POST", "PUT", "PATCH", "DELETE"], EchoAsync);
        var group = endpoints.MapGroup("/group/{shop}");
        group.MapGet("/items/{id:int}", (string shop, int id) => $"{shop}: {id}");
        group.MapGet("/items/first", (string shop) => $"{shop}: the first");
    }

    /// <summary>The body as it came, beside what the request said of it.</summary>
    private static async Task EchoAsync(HttpContext http)
    {
        http.Response.ContentType = http.Request.ContentType;
        http.Response.Headers["x-method"] = http.Request.Method;
        http.Response.Headers.Append("x-twice", "a");
        http.Response.Headers.Append("x-twice", "b");
        await http.Request.Body.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
