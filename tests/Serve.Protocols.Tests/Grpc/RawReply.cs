using Google.Protobuf;
using Grpc.Core;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>An answer as it came.</summary>
/// <param name="Http">The status of HTTP.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Trailers">The trailers.</param>
/// <param name="Body">The frames.</param>
internal sealed record RawReply(int Http, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Trailers, byte[] Body)
{
    public StatusCode? Status => (Find("grpc-status") is { } status) ? (StatusCode)int.Parse(status) : null;

    public string Detail => Uri.UnescapeDataString(Find("grpc-message") ?? "");

    /// <summary>Whether the status stands in the headers.</summary>
    public bool IsTrailersOnly => Headers.ContainsKey("grpc-status");

    public IReadOnlyList<byte[]> Messages => [.. RawFrames.Split(Body).Select(static frame => frame.Message)];

    public static RawReply Of(HttpResponseMessage response, byte[] body) => new(
        (int)response.StatusCode,
        response.Headers.Concat(response.Content.Headers).ToDictionary(static pair => pair.Key, static pair => string.Join(',', pair.Value), StringComparer.OrdinalIgnoreCase),
        response.TrailingHeaders.ToDictionary(static pair => pair.Key, static pair => string.Join(',', pair.Value), StringComparer.OrdinalIgnoreCase),
        body);

    /// <summary>A header or trailer.</summary>
    public string? Find(string name) => Trailers.GetValueOrDefault(name) ?? Headers.GetValueOrDefault(name);

    public TMessage Single<TMessage>(MessageParser<TMessage> parser)
        where TMessage : IMessage<TMessage>
    {
        Status.ShouldBe(StatusCode.OK, Detail);
        return parser.ParseFrom(Messages.ShouldHaveSingleItem());
    }
}
