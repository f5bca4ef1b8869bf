using System.Text.Json.Nodes;
using Serve.Specs.Parsing;

namespace Serve.Specs.Routing;

/// <summary>How requests find a replica. Only what Ray Serve does by default is there, so only that may be said.</summary>
internal sealed record RequestRouterOptions
{
    public const string Default = "ray.serve._private.request_router:PowerOfTwoChoicesRequestRouter";

    private const string Fixed = "can't be changed yet; remove it";
    private const string NoProbes = "has no meaning: every answer of a replica carries its load, and a full one refuses at once; remove it";

    [Key("request_router_class", "The router: two replicas are drawn, the less busy one is taken.", OnlyDefault = Fixed)]
    public string Class { get; init; } = Default;

    [Key("request_router_kwargs", "Settings of the router.", OnlyDefault = Fixed)]
    public JsonObject Arguments { get; init; } = [];

    [Key("request_routing_stats_period_s", "How often a router of one's own is told of replicas.", OnlyDefault = Fixed)]
    public TimeSpan StatsPeriod { get; init; } = TimeSpan.FromSeconds(10);

    [Key("request_routing_stats_timeout_s", "How long that may take.", OnlyDefault = Fixed)]
    public TimeSpan StatsTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Key("initial_backoff_s", "The wait before a full replica is asked again.", OnlyDefault = NoProbes)]
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(0.025);

    [Key("backoff_multiplier", "How that wait grows.", OnlyDefault = NoProbes)]
    public double BackoffMultiplier { get; init; } = 2;

    [Key("max_backoff_s", "How far it grows.", OnlyDefault = NoProbes)]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(0.5);
}
