using Serve.Server.Store;
using Serve.Simulation.Faults;

namespace Serve.Simulation.World;

/// <summary>
/// The way of one process to the store. A request arrives, is carried out, and the answer comes back, each at its time; on the way it may
/// be refused, take long, or fail in a way that leaves open whether it was done, was not, or will be.
/// </summary>
internal sealed class StoreNetwork(SimStore store, Session session, Timeline timeline, Chance chance, FaultPlan faults) : IClusterStore
{
    private const double Rare = 0.03;

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => Ask(() => store.Range(prefix));

    public ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) => Ask(() => store.Apply(session, txn), MayLandLate(txn));

    public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => Ask(() => store.Grant(timeToLive));

    public ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) => Ask(() => store.KeepAlive(lease));

    public async ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) => await Ask(() =>
    {
        store.Revoke(lease);
        return true;
    });

    public IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"A simulated process is told by a {nameof(Watch)}.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<T> Ask<T>(Func<T> carryOut, bool mayLandLate = false)
    {
        var answer = new TaskCompletionSource<T>();
        var there = MayFail && faults.Strikes(Fault.StoreSlow, Rare) ? chance.Time(1, 15) : chance.Time(0.001, 0.02);
        if (session.IsCut)
            timeline.After(chance.Time(1, 5), () => Fail(answer));
        else if (MayFail && faults.Strikes(Fault.StoreFailure, Rare))
            timeline.After(there, () => Fail(answer));
        else if (MayFail && faults.Strikes(Fault.StoreAmbiguity, Rare))
            FailWithoutSaying(answer, carryOut, there, mayLandLate);
        else
            timeline.After(there, () => CarryOut(answer, carryOut));
        return new ValueTask<T>(answer.Task);
    }

    /// <summary>A node that is not heard for ten seconds loses its lease, and its replicas with it: nothing for a calm run.</summary>
    private bool MayFail => session.IsController || !faults.IsCalm;

    private void CarryOut<T>(TaskCompletionSource<T> answer, Func<T> carryOut)
    {
        T result;
        try
        {
            result = carryOut();
        }
        catch (InvalidOperationException exception)
        {
            timeline.After(chance.Time(0.001, 0.01), () => IfAlive(() => answer.TrySetException(exception)));
            return;
        }

        timeline.After(chance.Time(0.001, 0.01), () => IfAlive(() => answer.TrySetResult(result)));
    }

    /// <summary>
    /// What was given up lands later, behind other writes, or when its fence is gone. (Not what a node says of itself: that its predecessor's
    /// word arrives after its own is not simulated yet.)
    /// </summary>
    private bool MayLandLate(StoreTxn txn) => session.IsController || txn.Changes.All(change => !change.Key.EndsWith("/info", StringComparison.Ordinal));

    /// <summary>Done and reported as failed, or reported as failed and done later.</summary>
    private void FailWithoutSaying<T>(TaskCompletionSource<T> answer, Func<T> carryOut, TimeSpan there, bool mayLandLate)
    {
        var silent = new TaskCompletionSource<T>();
        timeline.After(there, () => CarryOut(silent, carryOut));
        timeline.After(!mayLandLate || chance.OneIn(2) ? there + chance.Time(0.001, 0.01) : chance.Time(0, there.TotalSeconds), () => Fail(answer));
    }

    private void Fail<T>(TaskCompletionSource<T> answer) => IfAlive(() => answer.TrySetException(new TimeoutException("The store did not answer.")));

    private void IfAlive(Action action)
    {
        if (session.IsAlive)
            action();
    }
}
