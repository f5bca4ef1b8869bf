using System.Text.Json.Nodes;

namespace Serve;

/// <summary>
/// Decides how many replicas a deployment shall have, in the place of Serve's own rule. Name the class in
/// <c>autoscaling_config.policy.policy_function</c>, or in the attribute <c>[Deployment(AutoscalingPolicy = typeof(…))]</c>. It is made in a replica of the
/// application, with what its constructor asks for, and asked there once or twice a second; where that replica goes another one makes its own, so what it must
/// remember is <see cref="ScalingAdvice.State"/>. Delays, factors, bounds and the start from zero stay Serve's, around what it says.
/// </summary>
public interface IAutoscalingPolicy
{
    /// <summary>Takes up <c>policy_kwargs</c>, once, before the first decision. Throw where they are wrong.</summary>
    /// <param name="arguments">The arguments; empty where there are none.</param>
    void Initialize(JsonObject arguments)
    {
    }

    /// <summary>Says how many replicas there shall be. Where it throws, takes longer than <c>timeout_s</c> or says what can't be, its last good advice stays.</summary>
    /// <param name="context">What is known of the deployment.</param>
    /// <param name="cancellationToken">Cancelled when the answer comes too late.</param>
    ValueTask<ScalingAdvice> DecideAsync(AutoscalingContext context, CancellationToken cancellationToken);
}

/// <summary>The same for all deployments of an application together: name the class in the application's <c>autoscaling_policy.policy_function</c>.</summary>
public interface IApplicationAutoscalingPolicy
{
    /// <inheritdoc cref="IAutoscalingPolicy.Initialize"/>
    void Initialize(JsonObject arguments)
    {
    }

    /// <summary>Says how many replicas deployments shall have. One that it does not name follows its load, by Serve's own rule.</summary>
    /// <param name="deployments">What is known of each deployment whose number is not fixed, by its name.</param>
    /// <param name="cancellationToken">Cancelled when the answer comes too late.</param>
    ValueTask<IReadOnlyDictionary<string, ScalingAdvice>> DecideAsync(IReadOnlyDictionary<string, AutoscalingContext> deployments, CancellationToken cancellationToken);
}

/// <summary>What a policy says of a deployment.</summary>
/// <param name="Replicas">How many replicas are needed; may be a fraction, is rounded up at the end and kept within the bounds. Not negative.</param>
/// <param name="State">What the policy wants to be told the next time, at most 64 KiB as JSON; null for nothing.</param>
public sealed record ScalingAdvice(double Replicas, JsonNode? State = null)
{
    /// <summary>Advice without anything to remember.</summary>
    /// <param name="replicas">How many replicas are needed.</param>
    public static implicit operator ScalingAdvice(double replicas) => new(replicas);

    /// <summary>Advice without anything to remember.</summary>
    /// <param name="replicas">How many replicas are needed.</param>
    public static ScalingAdvice FromDouble(double replicas) => new(replicas);
}
