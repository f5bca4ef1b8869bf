using Microsoft.AspNetCore.Http;
using Serve.Routing;

namespace Serve.Http;

/// <summary>Reads from a client's headers what it wishes of the replica: the model, the session, the urgency.</summary>
internal static class RequestWishes
{
    private const string Priority = "priority";

    private const string GrpcModelId = "multiplexed_model_id";

    private const string ModelId = "serve_multiplexed_model_id";

    /// <summary>There are proxies that drop names with underscores.</summary>
    private const string ModelIdWithHyphens = "serve-multiplexed-model-id";

    /// <param name="request">The request.</param>
    /// <param name="deadline">When it must be answered.</param>
    /// <param name="sessionHeader">The header that names its session.</param>
    public static PickRequest Of(HttpRequest request, RequestDeadline deadline, string sessionHeader)
    {
        var headers = request.Headers;
        return new PickRequest
        {
            ModelId = ModelOf(request),
            SessionId = Text(headers, sessionHeader),
            Priority = Text(headers, Priority) is { } priority ? PickRequest.ReadUrgency(priority) : PickRequest.DefaultPriority,
            Deadline = deadline.EndsAt,
        };
    }

    /// <summary>The multiplexed model that a request is for, or null.</summary>
    public static string? ModelOf(HttpRequest request)
    {
        var headers = request.Headers;
        return Text(headers, ModelId) ?? Text(headers, ModelIdWithHyphens) ?? (ErrorResponse.IsGrpc(request) ? Text(headers, GrpcModelId) : null);
    }

    private static string? Text(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;
}
