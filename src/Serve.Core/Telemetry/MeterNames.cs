namespace Serve.Telemetry;

/// <summary>The meters of Serve, one for each part of it.</summary>
internal static class MeterNames
{
    /// <summary>What all of them begin with.</summary>
    public const string Prefix = "Serve.";

    public const string Proxy = "Serve.Proxy";
    public const string Routing = "Serve.Routing";
    public const string Replica = "Serve.Replica";
    public const string Batching = "Serve.Batching";
    public const string Multiplexing = "Serve.Multiplexing";
    public const string Node = "Serve.Node";
    public const string Controller = "Serve.Controller";
    public const string Exposition = "Serve.Exposition";
}
