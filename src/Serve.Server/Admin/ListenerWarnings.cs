using System.Text.Json.Nodes;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>A proxy listens as it was started; a document that wants it otherwise is told so.</summary>
internal static class ListenerWarnings
{
    /// <param name="config">The document.</param>
    /// <param name="proxy">The proxy, or null where there is none to differ.</param>
    public static IReadOnlyList<string> Of(ServeConfig config, ProxyInfo? proxy) => proxy is null
        ? []
        :
        [
            .. Differences("http_options", ConfigWriter.Write(config.HttpOptions.WithoutSecrets()), proxy.HttpOptions),
            .. Differences("grpc_options", ConfigWriter.Write(config.GrpcOptions), proxy.GrpcOptions),
        ];

    private static IEnumerable<string> Differences(string part, JsonObject wanted, JsonObject actual) =>
        from pair in wanted
        where !JsonNode.DeepEquals(pair.Value, actual[pair.Key])
        select $"{part}.{pair.Key} can't change while the server runs; restart it with the new value.";
}
