using Serve.Server.Controller;
using Serve.Server.Store;
using Serve.Server.Store.Records;
using Serve.Testing.Cluster;

namespace Serve.Tests.Server.Controller;

public sealed class LeadershipTests
{
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Take_SomebodyLeads_IsRefused()
    {
        await Leadership.TakeAsync(_store, default);
        await Should.ThrowAsync<InvalidOperationException>(() => Leadership.TakeAsync(_store, default));
    }

    [Fact]
    public async Task Take_LeaderIsGone_GetsTheNextEpoch()
    {
        foreach (var expected in new[] { 1, 2, 3, 4 })
        {
            (await Leadership.TakeAsync(_store, default)).Epoch.ShouldBe(expected);
            LeaderGoes();
        }

        _store.Entries(ClusterKeys.Epochs).Count.ShouldBe(2, "the epochs in between are of no use to anybody");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    public async Task Take_OthersLedAndWentSinceItLooked_IsRefused(int before, int meanwhile)
    {
        await LeadAndGoAsync(before);
        var late = new LateStore(_store, () => LeadAndGoAsync(meanwhile));
        await Should.ThrowAsync<InvalidOperationException>(() => Leadership.TakeAsync(late, default));
    }

    private async Task LeadAndGoAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Leadership.TakeAsync(_store, default);
            LeaderGoes();
        }
    }

    private void LeaderGoes() => _store.Change(new StoreChange(ClusterKeys.Leader, Value: null));

    /// <summary>Lets something happen between what is read and what is written.</summary>
    private sealed class LateStore(MemoryStore store, Func<Task> meanwhile) : IClusterStore
    {
        public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => store.RangeAsync(prefix, cancellationToken);

        public async ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken)
        {
            await meanwhile();
            return await store.TxnAsync(txn, cancellationToken);
        }

        public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
