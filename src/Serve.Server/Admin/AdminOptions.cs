using System.Text.Json.Nodes;
using Serve.Server.Controller;

namespace Serve.Server.Admin;

/// <summary>How the admin API listens and what it tells of the server.</summary>
internal sealed record AdminOptions
{
    /// <summary>The IP address to listen on.</summary>
    public required string Host { get; init; }

    /// <summary>The port; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The node that the server runs on.</summary>
    public required string Node { get; init; }

    /// <summary>Where the proxy listens for HTTP, or null where there is none.</summary>
    public Uri? HttpAddress { get; init; }

    /// <summary>Where the proxy listens for gRPC, or null where there is none.</summary>
    public Uri? GrpcAddress { get; init; }

    /// <summary>The options of the proxy, under the keys of the YAML.</summary>
    public JsonObject? HttpOptions { get; init; }

    /// <summary>The options of the gRPC proxy, under the keys of the YAML.</summary>
    public JsonObject? GrpcOptions { get; init; }

    /// <summary>Ends the server.</summary>
    public required Action Shutdown { get; init; }

    /// <summary>Takes up what nodes tell of their proxies: of this machine's, or else of the first that has one.</summary>
    public AdminOptions With(ControllerState state)
    {
        var own = state.Nodes.GetValueOrDefault(Node)?.Info.Proxy;
        return (own ?? state.Nodes.Values.Select(node => node.Info.Proxy).FirstOrDefault(proxy => proxy is not null)) is { } proxy
            ? this with { HttpAddress = proxy.Http, GrpcAddress = proxy.Grpc, HttpOptions = proxy.HttpOptions, GrpcOptions = proxy.GrpcOptions }
            : this;
    }
}

/// <summary>Where the admin API finds logs.</summary>
internal interface ILogSource
{
    /// <summary>The logs of an application, of one of its deployments, or of one replica, line by line, each behind its log's name.</summary>
    /// <param name="application">The application.</param>
    /// <param name="deployment">One of its deployments, or null.</param>
    /// <param name="replica">One replica, or null.</param>
    /// <param name="tail">How many of the last lines of each log.</param>
    /// <param name="follow">Whether to go on with what is written from now on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<string> ReadAsync(string application, string? deployment, string? replica, int tail, bool follow, CancellationToken cancellationToken);
}
