using System.Collections.Immutable;

namespace Serve.Server.Controller;

/// <summary>
/// A node whose lease ended, and the replicas that it had. They are replaced as if they were dead; but the node may only have been out of
/// reach, and then it comes back with them. Their orders stay in the store until it is known what became of them.
/// </summary>
/// <param name="Since">When it was lost.</param>
/// <param name="Replicas">What it had.</param>
internal sealed record AbsentNode(DateTimeOffset Since, ImmutableArray<ReplicaState> Replicas)
{
    /// <summary>After this time nobody expects it back; its orders are taken away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
}
