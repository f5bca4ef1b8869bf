namespace Serve.Telemetry;

/// <summary>The spans of a request, from the outside in. Those that Ray Serve has too have its names.</summary>
internal static class SpanNames
{
    /// <summary>An HTTP request in the proxy, from its arrival to the end of its response.</summary>
    public const string ProxyHttp = "proxy_http_request";

    /// <summary>A gRPC request in the proxy.</summary>
    public const string ProxyGrpc = "proxy_grpc_request";

    /// <summary>The proxy's choice of a replica and the hop to it.</summary>
    public const string Route = "proxy_route_to_replica";

    /// <summary>The same for a call through a handle.</summary>
    public const string Call = "handle_route_to_replica";

    /// <summary>The wait for a slot, where there was one.</summary>
    public const string Queue = "router_queue";

    /// <summary>A request or call in a replica.</summary>
    public const string Replica = "replica_handle_request";

    /// <summary>A batch, as a child of its first item's request.</summary>
    public const string Batch = "batch_execute";

    /// <summary>The load of a multiplexed model.</summary>
    public const string ModelLoad = "multiplexed_model_load";
}
