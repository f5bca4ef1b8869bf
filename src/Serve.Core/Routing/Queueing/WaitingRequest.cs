namespace Serve.Routing.Queueing;

/// <summary>A request that waits for a slot.</summary>
internal sealed class WaitingRequest(in PickRequest request, long arrived) : TaskCompletionSource<ReplicaLease>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public PickRequest Request { get; } = request;

    /// <summary>When the request first came, by the router's clock.</summary>
    public long Arrived { get; } = arrived;

    /// <summary>Whether it had a slot before and was refused by the replica.</summary>
    public bool CameBack => Request.Arrived != 0;

    /// <summary>Its place in the queue while it is there.</summary>
    public LinkedListNode<WaitingRequest>? Node { get; set; }
}
