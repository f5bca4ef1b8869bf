using Serve.Routing.Outliers;
using Serve.Routing.Retries;

namespace Serve.Routing;

/// <summary>How a deployment's requests find their replicas, as the configuration says. Travels with the routes.</summary>
internal sealed record RoutingRules
{
    public static readonly RoutingRules Standard = new();

    public OutlierRules Outliers { get; init; } = OutlierRules.Standard;

    public RetryRules Retries { get; init; } = RetryRules.Standard;
}
