using Microsoft.AspNetCore.Http;
using Serve.Http;
using Serve.Routing;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>Reads from a client's headers what it wishes of the replica: the model, the session, the urgency.</summary>
internal sealed class RequestWishes(HttpOptions http)
{
    private const string Priority = "priority";

    /// <summary>Also with hyphens, since there are proxies that drop names with underscores.</summary>
    private static readonly string[] ModelIds = ["serve_multiplexed_model_id", "serve-multiplexed-model-id"];

    private static readonly string[] GrpcModelIds = ["multiplexed_model_id", .. ModelIds];

    private readonly string _sessionHeader = http.SessionIdHeader;

    public PickRequest Of(HttpRequest request, RequestDeadline deadline)
    {
        var headers = request.Headers;
        return new PickRequest
        {
            ModelId = First(headers, ErrorResponse.IsGrpc(request) ? GrpcModelIds : ModelIds),
            SessionId = Text(headers, _sessionHeader),
            Priority = Text(headers, Priority) is { } priority ? ReadUrgency(priority) : PickRequest.DefaultPriority,
            Deadline = deadline.EndsAt,
        };
    }

    /// <summary>Reads the urgency of <c>u=1, i</c> (RFC 9218 §4.1), or of a number alone. What can't be read asks for nothing.</summary>
    public static int ReadUrgency(string text)
    {
        foreach (var part in text.AsSpan().Split(','))
        {
            var item = text.AsSpan(part).Trim();
            if (item is ['u', '=', .. var value])
                item = value;
            if (item is [>= '0' and <= '7'])
                return item[0] - '0';
        }

        return PickRequest.DefaultPriority;
    }

    private static string? First(IHeaderDictionary headers, string[] names)
    {
        foreach (var name in names)
        {
            if (Text(headers, name) is { } text)
                return text;
        }

        return null;
    }

    private static string? Text(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;
}
