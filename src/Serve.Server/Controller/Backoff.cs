using Serve.Identity;
using Serve.Specs;

namespace Serve.Server.Controller;

/// <summary>How long a deployment waits before it tries to start a replica again.</summary>
internal static class Backoff
{
    /// <summary>A replica that was ready for this long and then crashes counts as the first failure, not as one more.</summary>
    public static readonly TimeSpan StableTime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Doubles with each failure up to a minute, ±20 % so that deployments which failed together don't retry together.</summary>
    public static TimeSpan After(int failures, DeploymentId deployment)
    {
        var doubled = First * Math.Pow(2, Math.Min(failures - 1, 10));
        var seconds = Math.Min(doubled.TotalSeconds, Longest.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * Jitter(deployment, failures));
    }

    /// <summary>How many failed starts in a row make a deployment that never ran a failed one.</summary>
    public static int Budget(DeploymentSpec spec) => Math.Min(spec.MaxConstructorRetryCount, 3 * Math.Max(spec.NumReplicas, 1));

    /// <summary>Drawn from the deployment's name and the attempt, so that a step stays a function of its inputs (FNV-1a).</summary>
    private static double Jitter(DeploymentId deployment, int failures)
    {
        var hash = 2166136261u;
        foreach (var character in deployment.ToString())
            hash = (hash ^ character) * 16777619;
        hash = (hash ^ (uint)failures) * 16777619;
        return 0.8 + (0.4 * (hash % 1000) / 1000);
    }
}
