using System.Text.Json.Nodes;

namespace Serve;

/// <summary>
/// Chooses the replicas for the calls of a deployment's handles, in the place of Serve's own rules. Name the class in
/// <c>request_router_config.request_router_class</c> of the deployment that is called. One object serves all calls that a process makes to
/// the deployment, at the same time: it must be safe for threads, and quick. It is made in every process that calls, so that what it
/// remembers is what that process has seen. Not for a deployment that takes requests from outside: its requests come from the proxy, which does
/// not have the program's code.
/// </summary>
public interface IRequestRouter
{
    /// <summary>Takes up <c>request_router_kwargs</c>, once, before the first choice. Throw where they are wrong.</summary>
    /// <param name="arguments">The arguments; empty where there are none.</param>
    void Initialize(JsonObject arguments)
    {
    }

    /// <summary>Chooses a replica for a call. Must not block; where it throws, Serve chooses.</summary>
    /// <param name="call">The call.</param>
    /// <param name="candidates">The replicas that have room now, at least one, in no order.</param>
    /// <returns>The index of the candidate; any other number leaves the choice to Serve.</returns>
    int Choose(RoutedCall call, ReadOnlySpan<RouteCandidate> candidates);
}

/// <summary>A call that needs a replica.</summary>
public sealed record RoutedCall
{
    /// <summary>The name of the method, or null for a request over HTTP of a program that serves by itself.</summary>
    public string? Method { get; init; }

    /// <summary>The arguments, not to be changed.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>The multiplexed model that the call is for, or null.</summary>
    public string? ModelId { get; init; }

    /// <summary>The session that the call belongs to, or null.</summary>
    public string? SessionId { get; init; }

    /// <summary>The urgency, 0 (first) to 7.</summary>
    public int Priority { get; init; } = 3;
}

/// <summary>A replica that has room.</summary>
/// <param name="ReplicaId">Its id.</param>
/// <param name="Load">The requests that it works on, as far as is known here.</param>
/// <param name="IsOnThisNode">Whether it is on the node of the caller.</param>
/// <param name="Models">The multiplexed models that it holds.</param>
public readonly record struct RouteCandidate(string ReplicaId, int Load, bool IsOnThisNode, IReadOnlyList<string> Models);
