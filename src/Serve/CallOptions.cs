namespace Serve;

/// <summary>How a handle's calls are made.</summary>
public sealed record CallOptions
{
    /// <summary>How long a call may take, waiting included. Null leaves only the time of the request that it is part of.</summary>
    public TimeSpan? Timeout { get; init; }
}
