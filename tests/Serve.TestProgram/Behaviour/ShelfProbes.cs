namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints that ask models and put items into batches.</summary>
internal static class ShelfProbes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/model/own", () => ServeRequest.ModelId ?? "none");
        endpoints.MapGet("/model/ask", (Door door, CancellationToken cancellationToken) => ShelfOf(door).AskAsync(cancellationToken));
        endpoints.MapGet("/batch/together", (Door door, string item, CancellationToken cancellationToken) => ShelfOf(door).TogetherAsync(item, cancellationToken));
        endpoints.MapGet("/batch/soon", (Door door, string item, CancellationToken cancellationToken) => ShelfOf(door).SoonAsync(item, cancellationToken));
    }

    /// <summary>For the model that the client named.</summary>
    private static IShelf ShelfOf(Door door) => door.ShelfHandle.With(door.ShelfHandle.Options with { ModelId = ServeRequest.ModelId }).Remote;
}
