using Serve.Server.Controller.Autoscaling.Policies;

namespace Serve.Server.Controller.Autoscaling;

/// <summary>The policies that programs bring along. They run elsewhere; whoever asks never waits.</summary>
internal interface IScalingPolicies
{
    /// <summary>What the deployment's own policy, or its application's, said last, or null where it has none. Where it is time for the next question, that is asked.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="context">What the policy may know; made only where a question is asked.</param>
    PolicyAdvice? Latest(DeploymentState deployment, Func<PolicyContext> context);

    /// <summary>What is known of that policy; null where Serve decides.</summary>
    PolicyView? View(DeploymentState deployment);

    /// <summary>Told of a policy that begins to fail, or does so no more. Must not block.</summary>
    Action<PolicyNotice> OnNotice { get; set; }
}

/// <param name="Wanted">How many replicas the policy wants, unrounded; null where it has not said so, or can't be asked now.</param>
/// <param name="LeavesIt">Whether it leaves the deployment to Serve's own rule.</param>
internal sealed record PolicyAdvice(double? Wanted, bool LeavesIt = false);

/// <param name="Input">What the autoscaler sees.</param>
/// <param name="Now">The time.</param>
internal sealed record PolicyContext(ScalingInput Input, DateTimeOffset Now);
