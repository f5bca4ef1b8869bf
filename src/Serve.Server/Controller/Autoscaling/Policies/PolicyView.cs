namespace Serve.Server.Controller.Autoscaling.Policies;

/// <summary>What is known of the policy that decides for a deployment.</summary>
/// <param name="Name">The full name of its class.</param>
/// <param name="IsWhole">Whether it decides for the whole application.</param>
internal sealed record PolicyView(string Name, bool IsWhole)
{
    /// <summary>How many replicas it wanted when it last gave good advice; null before that, while nobody can be asked, and where it leaves the deployment to Serve.</summary>
    public double? Wanted { get; init; }

    /// <summary>Whether it leaves the deployment to Serve's own rule.</summary>
    public bool LeavesIt { get; init; }

    /// <summary>When it last gave good advice.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Why the last question brought no good advice, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Since when it fails.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Whether no replica of the application runs that could be asked.</summary>
    public bool HasNobody { get; init; }
}

/// <summary>A policy has begun to fail, or does so no more.</summary>
/// <param name="Application">The application.</param>
/// <param name="Deployment">The deployment that it decides for, or null where it is the application's.</param>
/// <param name="Policy">The full name of its class.</param>
/// <param name="Failure">What failed; null where all is well again.</param>
internal sealed record PolicyNotice(string Application, string? Deployment, string Policy, string? Failure);
