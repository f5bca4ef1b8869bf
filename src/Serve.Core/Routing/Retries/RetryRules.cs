using Serve.Specs.Parsing;

namespace Serve.Routing.Retries;

/// <summary>How often, and at which share of all requests, one is sent again after its replica may have worked on it. Only requests that may be repeated are.</summary>
internal sealed record RetryRules
{
    public static readonly RetryRules Standard = new();

    [Key("max_retries", "How often a request that may be repeated (of an idempotent HTTP method, or a call whose options say so) is sent to another replica after one was lost with it. What no replica took is always sent to another.", Minimum = 0, Maximum = 10)]
    public int MaxRetries { get; init; } = 2;

    [Key("budget_share", "How many repeats and hedges there may be for each request, over ten seconds: so that they can't multiply the load when much goes wrong.", Minimum = 0, Maximum = 1)]
    public double BudgetShare { get; init; } = 0.2;

    [Key("budget_min_per_second", "How many repeats and hedges there may be in each second however few requests there are.", Minimum = 0, Maximum = 1_000_000)]
    public double BudgetMinPerSecond { get; init; } = 10;

    [Key("hedge_delay_s", "After which time without an answer a call that may be repeated is sent to a second replica too; the first answer counts, and the other call is cancelled. Not set: never.", Minimum = 0, ExclusiveMinimum = true)]
    public TimeSpan? HedgeDelay { get; init; }

    [Key("hedge_percentile", "The same with a delay that is measured: the time within which so many percent of the answers came lately.", Minimum = 50, Maximum = 99.9, Unit = "percent")]
    public double? HedgePercentile { get; init; }
}
