using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Wire;

namespace Serve.Http;

/// <summary>What a client says about the choice of a replica for its request, in headers or in the metadata of gRPC.</summary>
internal static class RequestHints
{
    /// <summary>The urgency: <c>u=1, i</c> (RFC 9218), in the metadata of gRPC a bare <c>1</c>.</summary>
    private const string PriorityHeader = "priority";

    /// <summary>Longer ones are not taken for ids.</summary>
    private const int MaxIdLength = 256;

    /// <param name="request">The request.</param>
    /// <param name="sessionHeader">The header that names the client's session.</param>
    /// <param name="deadline">The timestamp of the router's clock by which it must be answered, or null.</param>
    public static PickRequest Read(HttpRequest request, string sessionHeader, long? deadline)
    {
        return new PickRequest
        {
            Priority = PriorityOf(request.Headers) ?? PickRequest.DefaultPriority,
            ModelId = ModelIdOf(request.Headers),
            SessionId = AsId(request.Headers[sessionHeader]),
            Deadline = deadline,
        };
    }

    /// <summary>The multiplexed model that a request is for, or null where it names none.</summary>
    public static string? ModelIdOf(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(ModelIdHeader.Http, out var id))
            return AsId(id);
        var isGrpc = ErrorResponse.IsGrpc(headers);
        foreach (var (name, value) in headers)
        {
            if (ModelIdHeader.Is(name, isGrpc))
                return AsId(value);
        }

        return null;
    }

    /// <summary>How urgent a request is, or null where it does not say so.</summary>
    public static int? PriorityOf(IHeaderDictionary headers) => headers.TryGetValue(PriorityHeader, out var text) ? ReadPriority(text.ToString()) : null;

    /// <summary>Reads the member <c>u</c> of a priority; what can't be read is an ordinary priority, as the RFC says.</summary>
    public static int ReadPriority(ReadOnlySpan<char> text)
    {
        foreach (var part in text.Split(','))
        {
            var member = text[part].Trim();
            if (member.StartsWith("u=", StringComparison.Ordinal))
                member = member[2..];
            // A parameter of the member says nothing to us.
            if (member.IndexOf(';') is >= 0 and var end)
                member = member[..end];
            if (member is [>= '0' and <= '7' and var digit])
                return digit - '0';
        }

        return PickRequest.DefaultPriority;
    }

    private static string? AsId(string? text) => text is { Length: > 0 and <= MaxIdLength } ? text : null;
}
