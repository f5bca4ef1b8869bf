namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints about models and batches.</summary>
internal static class ModelProbes
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/models/named", () => ServeRequest.ModelId ?? "none");
        endpoints.MapGet("/models/ask", (DeploymentHandle<ILibrary> library, string key, string model, CancellationToken cancellationToken) =>
            library.With(library.Options with { ModelId = model }).Remote.AskAsync(key, cancellationToken));
        endpoints.MapGet("/models/read", ReadAsync);
    }

    /// <summary>To one replica, by session: lines can meet in a batch only there.</summary>
    private static async Task<string> ReadAsync(DeploymentHandle<ILibrary> library, string key, string line, string? model, CancellationToken cancellationToken)
    {
        try
        {
            return await library.With(library.Options with { ModelId = model, SessionId = "reader" }).Remote.ReadAsync(key, line, cancellationToken);
        }
        catch (RemoteException exception)
        {
            return $"{line}: {exception.RemoteMessage}";
        }
    }
}
