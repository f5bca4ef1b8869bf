namespace Serve.OpenInference;

/// <summary>A request from its check to what the client gets, the same for all encodings.</summary>
internal static class InferenceRun
{
    /// <param name="server">Who has the model.</param>
    /// <param name="request">The request. It stays the caller's.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone or its time is up.</param>
    /// <returns>The outputs as the client wants them. The caller disposes them.</returns>
    public static Task<InferenceResponse> RunAsync(IInferenceServer server, InferenceRequest request, CancellationToken cancellationToken)
    {
        RequestRules.Check(request);
        var running = server.InferAsync(request, cancellationToken);
        return Classification.IsWanted(request) ? ClassifyAsync(server, request, running, cancellationToken) : running;
    }

    private static async Task<InferenceResponse> ClassifyAsync(IInferenceServer server, InferenceRequest request, Task<InferenceResponse> running, CancellationToken cancellationToken) =>
        await Classification.ApplyAsync(server, request, await running, cancellationToken);
}
