namespace Serve.Wire.Hop.Heads;

/// <summary>
/// The beginning of the head of an HTTP request. Its headers follow, up to the head's end: <see cref="HeadWriter.WriteHeader"/>, <see cref="HeadReader.ReadHeader"/>.
/// Only Serve's own processes write heads, so that a worker can trust what stands here.
/// </summary>
internal readonly record struct HttpRequestHead
{
    /// <summary>For instance <c>GET</c>.</summary>
    public required string Method { get; init; }

    /// <summary><c>http</c> or <c>https</c>, as the client used it.</summary>
    public required string Scheme { get; init; }

    /// <summary>For instance <c>HTTP/1.1</c>, as the client used it.</summary>
    public required string Protocol { get; init; }

    /// <summary>The host as the client named it.</summary>
    public required string Authority { get; init; }

    /// <summary>Path and query as the client wrote them, still encoded.</summary>
    public required string Target { get; init; }

    /// <summary>The path under which the application is served, or null where that is the root.</summary>
    public string? RoutePrefix { get; init; }

    /// <summary>Names the request in logs.</summary>
    public required string RequestId { get; init; }

    /// <summary>The client's IP address, or null where it is not known.</summary>
    public string? ClientAddress { get; init; }

    public int ClientPort { get; init; }

    /// <summary>The time that the request may still take, in milliseconds; null is no limit.</summary>
    public long? RemainingMilliseconds { get; init; }

    /// <summary>Whether the connection becomes a pipe of bytes both ways when the answer says so: 101, or 200 to CONNECT.</summary>
    public bool IsUpgrade { get; init; }

    public void Write(HeadWriter writer)
    {
        writer.WriteText(Method);
        writer.WriteText(Scheme);
        writer.WriteText(Protocol);
        writer.WriteText(Authority);
        writer.WriteText(Target);
        writer.WriteText(RoutePrefix);
        writer.WriteText(RequestId);
        writer.WriteText(ClientAddress);
        writer.WriteNumber((ulong)ClientPort);
        writer.WriteNumber(RemainingMilliseconds is { } remaining ? (ulong)remaining + 1 : 0);
        writer.WriteNumber(IsUpgrade ? 1u : 0u);
    }
}
