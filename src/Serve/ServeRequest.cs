using Serve.Replica;

namespace Serve;

/// <summary>The request that the current code works for.</summary>
public static class ServeRequest
{
    /// <summary>
    /// The multiplexed model that the request is for, or null where it names none. A client names it in the header
    /// <c>serve_multiplexed_model_id</c>, with gRPC in the metadata <c>multiplexed_model_id</c>. In a batch it is the model of all its items.
    /// </summary>
    public static string? ModelId => RequestContext.Current?.ModelId;
}
