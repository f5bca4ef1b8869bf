using Serve.Routing;
using Serve.Testing;

namespace Serve.Tests.Core.Routing;

/// <summary>A router of one deployment with fake replicas and a clock by hand.</summary>
public abstract class RouterTestBase
{
    protected RouterTestBase()
    {
        Router = new DeploymentRouter("app", "Model", Clock);
    }

    protected ManualTimeProvider Clock { get; } = new();

    private protected DeploymentRouter Router { get; }

    private protected FakeReplica[] Use(int replicas, int maxOngoing = 1, int maxQueued = -1)
    {
        var entries = Enumerable.Range(0, replicas).Select(number => new FakeReplica($"r{number}")).ToArray();
        Router.Update(new ReplicaSet([.. entries], maxOngoing, maxQueued, UnavailableReason: null));
        return entries;
    }

    private protected Task<ReplicaLease> AcquireAsync(CancellationToken cancellationToken = default) => Router.AcquireAsync(default, cancellationToken).AsTask();

    private protected Task<ReplicaLease> AcquireAsync(int priority) => Router.AcquireAsync(new PickRequest { Priority = priority }, CancellationToken.None).AsTask();

    /// <summary>Takes a slot that must be free.</summary>
    private protected Task<ReplicaLease> TakeAsync()
    {
        var lease = AcquireAsync();
        lease.IsCompletedSuccessfully.ShouldBeTrue("A slot should have been free.");
        return lease;
    }

    private protected void MakeUnavailable(string reason) => Router.Update(new ReplicaSet([], 1, -1, reason));

    private protected static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(Eventually.Patience);
}
