using System.Net.ServerSentEvents;
using System.Security.Cryptography;

namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints that stream, in both directions.</summary>
internal static class StreamProbes
{
    private const int ChunkSize = 64 * 1024;

    private static long s_flooded;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/stream/held", HoldAsync);
        endpoints.MapGet("/stream/events", (Door door, string key, CancellationToken cancellationToken) => TypedResults.ServerSentEvents(EventsAsync(door.Journal, key, cancellationToken)));
        endpoints.MapGet("/stream/flood", FloodAsync);
        endpoints.MapGet("/stream/flooded", () => Interlocked.Read(ref s_flooded));
        endpoints.MapPost("/upload/hash", async (HttpRequest request) => Convert.ToHexString(await SHA256.HashDataAsync(request.Body, request.HttpContext.RequestAborted)));
        endpoints.MapPost("/upload/count", async (HttpRequest request) => await Uploads.CountAsync(request.Body, request.HttpContext.RequestAborted));
        endpoints.MapPost("/upload/held", HoldUploadAsync);
        endpoints.MapPost("/upload/form", async (IFormFile file) => $"{file.FileName}: {file.Length}").DisableAntiforgery();
        endpoints.MapPost("/stream/both", BothWaysAsync);
        endpoints.MapGet("/stream/trailers", (HttpContext http) =>
        {
            http.Response.AppendTrailer("x-checksum", "42");
            return "body";
        });
    }

    /// <summary>The first line at once, the last one when the test says so.</summary>
    private static async Task HoldAsync(Door door, string key, HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status206PartialContent;
        http.Response.ContentType = "text/csv";
        http.Response.Headers["x-mark"] = "kept";
        await door.Journal.RunAsync(key, "door", SendAsync, http.RequestAborted);

        async Task SendAsync()
        {
            await http.Response.WriteAsync("first\n", http.RequestAborted);
            await door.Journal.WhenReleasedAsync(key, http.RequestAborted);
            await http.Response.WriteAsync("last\n", http.RequestAborted);
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(Journal journal, string key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<string>("first", "note");
        await journal.WhenReleasedAsync(key, cancellationToken);
        yield return new SseItem<string>("last", "note");
    }

    /// <summary>As many bytes as the client takes.</summary>
    private static async Task FloodAsync(Door door, string key, long bytes, HttpContext http)
    {
        Interlocked.Exchange(ref s_flooded, 0);
        var chunk = new byte[ChunkSize];
        await door.Journal.RunAsync(key, "door", SendAsync, http.RequestAborted);

        async Task SendAsync()
        {
            for (var sent = 0L; sent < bytes; sent += chunk.Length)
            {
                await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
                Interlocked.Add(ref s_flooded, chunk.Length);
            }
        }
    }

    /// <summary>Reads nothing of the body before the test says so.</summary>
    private static async Task<long> HoldUploadAsync(Door door, string key, HttpRequest request)
    {
        var read = 0L;
        await door.Journal.RunAsync(key, "door", ReadAsync, request.HttpContext.RequestAborted);
        return read;

        async Task ReadAsync()
        {
            await door.Journal.WhenReleasedAsync(key, request.HttpContext.RequestAborted);
            read = await Uploads.CountAsync(request.Body, request.HttpContext.RequestAborted);
        }
    }

    /// <summary>Each piece of the request goes back before the next one comes.</summary>
    private static async Task BothWaysAsync(HttpContext http)
    {
        await http.Response.Body.FlushAsync(http.RequestAborted);
        var buffer = new byte[ChunkSize];
        while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) is > 0 and var read)
        {
            await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }
}
