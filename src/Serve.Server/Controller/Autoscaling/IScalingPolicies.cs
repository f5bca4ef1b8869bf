namespace Serve.Server.Controller.Autoscaling;

/// <summary>The policies that programs bring along. They run elsewhere; whoever asks never waits.</summary>
internal interface IScalingPolicies
{
    /// <summary>The last good answer of the deployment's own policy, or null where it has none. Where no evaluation is under way, the next one starts.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="context">What the policy may know; made only where an evaluation starts.</param>
    PolicyAdvice? Latest(DeploymentState deployment, Func<PolicyContext> context);
}

/// <param name="Wanted">How many replicas the policy wants, unrounded.</param>
/// <param name="At">When it said so.</param>
/// <param name="Failure">Why the last evaluation gave nothing, or null.</param>
internal sealed record PolicyAdvice(double Wanted, DateTimeOffset At, string? Failure);

/// <param name="Input">What the autoscaler sees.</param>
/// <param name="Now">The time.</param>
/// <param name="LastUp">When the number grew last, as far as this controller knows.</param>
/// <param name="LastDown">When it shrank last.</param>
internal sealed record PolicyContext(ScalingInput Input, DateTimeOffset Now, DateTimeOffset? LastUp, DateTimeOffset? LastDown);
