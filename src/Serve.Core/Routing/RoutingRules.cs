using Serve.Routing.Outliers;
using Serve.Routing.Retries;

namespace Serve.Routing;

/// <summary>How a deployment's requests find their replicas, as the configuration says. Travels with the routes.</summary>
internal sealed record RoutingRules
{
    public static readonly RoutingRules Standard = new();

    public OutlierRules Outliers { get; init; } = OutlierRules.Standard;

    public RetryRules Retries { get; init; } = RetryRules.Standard;

    /// <summary>Whether a near replica is taken before a far one, while it has room.</summary>
    public bool PrefersNear { get; init; } = true;

    /// <summary>The full name of the program's own <see cref="IRequestRouter"/>, or null for Serve's.</summary>
    public string? Router { get; init; }

    /// <summary>The arguments of that router, as JSON.</summary>
    public string? RouterArguments { get; init; }
}
