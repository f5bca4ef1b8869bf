namespace Serve.TestProgram.Behaviour;

/// <summary>A deployment that is soon full.</summary>
public interface INarrow
{
    Task<int> HoldAsync(string key, CancellationToken cancellationToken);

    Task<string> WhoAsync();
}

/// <summary>Takes one request, and lets one more wait.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 1, MaxQueuedRequests = 1)]
public sealed class Narrow(Journal journal, ReplicaContext context) : INarrow
{
    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "narrow", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return Environment.ProcessId;
    }

    public Task<string> WhoAsync() => Task.FromResult(context.ReplicaId);
}

/// <summary>A deployment that takes one request, and lets two wait.</summary>
public interface ILane
{
    Task<int> HoldAsync(string key, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ILane"/>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 1, MaxQueuedRequests = 2)]
public sealed class Lane(Journal journal) : ILane
{
    public async Task<int> HoldAsync(string key, CancellationToken cancellationToken)
    {
        await journal.RunAsync(key, "lane", () => journal.WhenReleasedAsync(key, cancellationToken), cancellationToken);
        return Environment.ProcessId;
    }
}

/// <summary>What other applications may call of the narrow program.</summary>
public interface INarrowDoor
{
    Task<string> WhoAsync();
}

/// <summary>The ingress of a program of its own: it takes one request, and lets one more wait.</summary>
[Deployment(NumCpus = 0.1, MaxOngoingRequests = 1, MaxQueuedRequests = 1)]
public sealed class NarrowDoor(Journal journal, ReplicaContext context) : IIngress, INarrowDoor
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/hold", (NarrowDoor door, string key, CancellationToken cancellationToken) => door.HoldAsync(key, cancellationToken));
        endpoints.MapGet("/pid", () => Environment.ProcessId.ToString());
        endpoints.MapPost("/crash", () => Environment.FailFast("crash on request"));
        endpoints.MapPost("/upload", (NarrowDoor door, string key, HttpRequest request) => door.UploadAsync(key, request));
        endpoints.MapPost("/test.Narrow/Hold", (NarrowDoor door, HttpContext http) => GrpcWire.AnswerAsync(http, async (key, call) =>
        {
            await door.HoldAsync(key, call.CancellationToken);
            return key;
        }));
    }

    public Task<string> WhoAsync() => Task.FromResult(context.ReplicaId);

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
