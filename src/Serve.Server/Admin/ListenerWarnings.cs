using System.Text.Json.Nodes;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>A server listens as it was started; a document that wants it otherwise is told so.</summary>
internal static class ListenerWarnings
{
    public static IReadOnlyList<string> Of(ServeConfig config, AdminOptions options) =>
    [
        .. Differences("http_options", ConfigWriter.Write(config.HttpOptions), options.HttpOptions),
        .. Differences("grpc_options", ConfigWriter.Write(config.GrpcOptions), options.GrpcOptions),
    ];

    private static IEnumerable<string> Differences(string part, JsonObject wanted, JsonObject? actual) =>
        from pair in wanted
        where actual is not null && !JsonNode.DeepEquals(pair.Value, actual[pair.Key])
        select $"{part}.{pair.Key} can't change while the server runs; restart it with the new value.";
}
