using System.Text;
using Serve.Server.Store;

namespace Serve.Tests.Server.Store;

/// <summary>What every <see cref="IClusterStore"/> must do. Each implementation inherits these tests; keys and revisions are relative, so that stores may be shared.</summary>
public abstract partial class ClusterStoreConformance : IAsyncLifetime
{
    private IClusterStore _store = null!;

    /// <summary>Every key of the test starts with it.</summary>
    private protected virtual string Prefix { get; } = "/test/";

    /// <summary>How long leases live.</summary>
    private protected virtual TimeSpan LeaseTime { get; } = TimeSpan.FromSeconds(10);

    private protected IClusterStore Store => _store;

    public async Task InitializeAsync() => _store = await OpenAsync();

    public virtual async Task DisposeAsync() => await _store.DisposeAsync();

    private protected abstract Task<IClusterStore> OpenAsync();

    /// <summary>Lets time pass for leases.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    /// <summary>Makes the store forget the changes so far.</summary>
    private protected abstract Task CompactAsync();

    private protected string Key(string name) => Prefix + name;

    private protected async Task<long> PutAsync(string name, string value, LeaseId lease = default, bool isVolatile = false) =>
        (await ChangeAsync(new StoreChange(Key(name), Encoding.UTF8.GetBytes(value), lease, isVolatile))).Revision;

    private protected Task<StoreTxnResult> DeleteAsync(string name) => ChangeAsync(new StoreChange(Key(name), Value: null));

    private protected async Task<StoreTxnResult> ChangeAsync(params StoreChange[] changes) => await Store.TxnAsync(new StoreTxn([], changes), default);

    private protected async Task<StoreTxnResult> IfAsync(string name, long createRevision, params StoreChange[] changes) =>
        await Store.TxnAsync(new StoreTxn([new StoreCondition(Key(name), createRevision)], changes), default);

    private protected StoreChange Set(string name, string value) => new(Key(name), Encoding.UTF8.GetBytes(value));

    private protected async Task<StoreEntry?> GetAsync(string name) => (await Store.RangeAsync(Key(name), default)).Entries.FirstOrDefault(entry => entry.Key == Key(name));

    private protected async Task<string> ValuesAsync(string prefix = "") => string.Join(' ', (await Store.RangeAsync(Key(prefix), default)).Entries
        .Select(entry => $"{entry.Key[Prefix.Length..]}={Encoding.UTF8.GetString(entry.Value)}"));

    private protected WatchReader Watch(long fromRevision, string prefix = "") => new(Store, Key(prefix), fromRevision, Prefix.Length);
}
