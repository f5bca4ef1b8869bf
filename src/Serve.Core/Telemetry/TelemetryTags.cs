namespace Serve.Telemetry;

/// <summary>The tags of metrics and spans. Their values are few: names that someone declared, never a raw URL or an id of a request.</summary>
internal static class TelemetryTags
{
    public const string Application = "application";
    public const string Deployment = "deployment";
    public const string Replica = "replica";

    /// <summary>At the proxy the route prefix; in a replica the pattern of the endpoint, or the method that a handle calls.</summary>
    public const string Route = "route";

    /// <summary>The HTTP method, <see cref="OtherMethod"/> for one that HTTP does not name.</summary>
    public const string Method = "method";

    public const string StatusCode = "status_code";
    public const string ErrorCode = "error_code";
    public const string ExceptionType = "exception_type";
    public const string Node = "node_id";

    /// <summary>Whose router it is: <c>proxy</c>, or the replica that holds the handle.</summary>
    public const string Source = "source";

    /// <summary>The method that a batch is for.</summary>
    public const string Function = "function_name";

    /// <summary>Why something happened.</summary>
    public const string Reason = "reason";

    /// <summary>The phase of a replica.</summary>
    public const string State = "state";

    /// <summary>The phase of a replica's start.</summary>
    public const string Phase = "phase";

    public const string ModelId = "model_id";

    public const string OtherMethod = "other";
}
