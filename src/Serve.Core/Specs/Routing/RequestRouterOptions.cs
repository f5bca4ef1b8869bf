using System.Text.Json.Nodes;
using Serve.Routing;
using Serve.Routing.Outliers;
using Serve.Routing.Retries;
using Serve.Specs.Parsing;

namespace Serve.Specs.Routing;

/// <summary>How requests find a replica.</summary>
internal sealed record RequestRouterOptions
{
    public const string Default = "ray.serve._private.request_router:PowerOfTwoChoicesRequestRouter";

    private const string NoProbes = "has no meaning: every answer of a replica carries its load, and a full one refuses at once; remove it";
    private const string NoPeriods = "has no meaning: replicas tell routers of changes when they happen; remove it";

    [Key("request_router_class", "Who chooses: by default Serve, by load, models and sessions. Or the full name of a class of the program that implements IRequestRouter, for calls of handles.", Differs = "a class of the program in .NET; not for the ingress, since a proxy does not have the program's code")]
    public string Class { get; init; } = Default;

    [Key("request_router_kwargs", "What the program's own router is initialized with.")]
    public JsonObject Arguments { get; init; } = [];

    [Key("prefer_local_node", "Whether a replica on the caller's node is taken while it has room, then one in its zone (the node's label topology.kubernetes.io/zone or ray.io/availability-zone), then any.", RayDefault = "no such key: true for proxies, false for handles")]
    public bool PrefersNear { get; init; } = true;

    [Key("outlier_ejection", "When a replica that does worse than its peers is left out for a while.", RayDefault = "no such key")]
    public OutlierRules Outliers { get; init; } = OutlierRules.Standard;

    [Key("retries", "How often requests are repeated on another replica.", RayDefault = "no such key")]
    public RetryRules Retries { get; init; } = RetryRules.Standard;

    [Key("request_routing_stats_period_s", "How often a router of one's own is told of replicas.", OnlyDefault = NoPeriods)]
    public TimeSpan StatsPeriod { get; init; } = TimeSpan.FromSeconds(10);

    [Key("request_routing_stats_timeout_s", "How long that may take.", OnlyDefault = NoPeriods)]
    public TimeSpan StatsTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Key("initial_backoff_s", "The wait before a full replica is asked again.", OnlyDefault = NoProbes)]
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(0.025);

    [Key("backoff_multiplier", "How that wait grows.", OnlyDefault = NoProbes)]
    public double BackoffMultiplier { get; init; } = 2;

    [Key("max_backoff_s", "How far it grows.", OnlyDefault = NoProbes)]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>What no single key can tell.</summary>
    public IEnumerable<(string Key, string Message)> WhatIsWrong()
    {
        if (Class != Default && Class.Contains(':', StringComparison.Ordinal))
            yield return ("request_router_class", $"'{Class}' is a class of Python; give the full name of a class of the program that implements IRequestRouter, for instance Shop.CheapestFirst, or remove the key.");
        if (Class == Default && Arguments.Count > 0)
            yield return ("request_router_kwargs", "Serve's own router takes no arguments; remove them, or name the request_router_class that they are for.");
        if (Retries is { HedgeDelay: not null, HedgePercentile: not null })
            yield return ("retries.hedge_percentile", "stands beside hedge_delay_s; a hedge has one delay: keep one of them.");
    }

    public RoutingRules ToRules() => new()
    {
        Outliers = Outliers,
        Retries = Retries,
        PrefersNear = PrefersNear,
        Router = Class == Default ? null : Class,
        RouterArguments = Arguments.Count == 0 ? null : Arguments.ToJsonString(),
    };
}
