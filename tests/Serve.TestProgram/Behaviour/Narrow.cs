namespace Serve.TestProgram.Behaviour;

/// <summary>A deployment that is soon full.</summary>
public interface INarrow
{
    Task<int> HoldAsync(string key, CancellationToken cancellationToken);
}

/// <summary>Takes one request, and lets one more wait.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 1, MaxQueuedRequests = 1)]
public sealed class Narrow(Journal journal) : INarrow
{
    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "narrow", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return Environment.ProcessId;
    }
}

/// <summary>The ingress of a program of its own: it takes one request, and lets one more wait.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 1, MaxQueuedRequests = 1)]
public sealed class NarrowDoor(Journal journal) : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/hold", (NarrowDoor door, string key, CancellationToken cancellationToken) => door.HoldAsync(key, cancellationToken));
        endpoints.MapGet("/pid", () => Environment.ProcessId.ToString());
        endpoints.MapPost("/upload", (NarrowDoor door, string key, HttpRequest request) => door.UploadAsync(key, request));
        endpoints.MapPost("/test.Narrow/Hold", (NarrowDoor door, HttpContext http) => GrpcWire.AnswerAsync(http, async (key, call) =>
        {
            await door.HoldAsync(key, call.CancellationToken);
            return key;
        }));
    }

    private async Task<string> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "door", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return "done";
    }

    private async Task<long> UploadAsync(string key, HttpRequest request)
    {
        journal.Write(key, "door-started");
        return await Uploads.CountAsync(request.Body, request.HttpContext.RequestAborted);
    }
}
