using System.Runtime.CompilerServices;
using Serve.Routing;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Server.Store.Records;

namespace Serve.Testing.Cluster;

/// <summary>A store that is a variable: every call is done when it returns. Whoever drives a test passes its events on.</summary>
internal sealed class MemoryStore : IClusterStore
{
    private readonly StoreState _state = new();
    private readonly ConditionalWeakTable<StoreEntry, object> _values = [];

    /// <summary>Told each change.</summary>
    public Action<StoreEvent> OnChange { get; set; } = static _ => { };

    public IReadOnlyList<StoreEntry> Entries(string prefix = "/serve/") => _state.Range(prefix);

    /// <summary>What the entries below a prefix hold. Each is parsed once.</summary>
    public IReadOnlyList<T> Read<T>(string prefix)
        where T : class => [.. Entries(prefix).Select(entry => (T)_values.GetValue(entry, static entry => StoreJson.Read<T>(entry.Value)))];

    /// <summary>The routes of all applications, as routers put them together.</summary>
    public IReadOnlyList<ApplicationRoutes> Routes()
    {
        var assembly = new RouteAssembly();
        var routes = new SortedDictionary<string, ApplicationRoutes?>(StringComparer.Ordinal);
        foreach (var entry in Entries(ClusterKeys.Routes))
        {
            var (application, now) = assembly.Take(entry.Key, entry.Value);
            routes[application] = now;
        }

        return [.. routes.Values.OfType<ApplicationRoutes>()];
    }

    /// <summary>The keys that live by a lease.</summary>
    public IReadOnlyList<string> KeysOf(LeaseId lease) => _state.KeysOf(lease);

    public byte[]? Get(string key) => _state.Range(key).FirstOrDefault(entry => entry.Key == key)?.Value;

    public void Change(params IReadOnlyList<StoreChange> changes)
    {
        foreach (var change in _state.Apply(changes))
            OnChange(change);
    }

    public StoreRange Range(string prefix) => new(_state.Revision, _state.Range(prefix));

    public StoreTxnResult Apply(StoreTxn txn)
    {
        var holds = txn.Conditions.All(_state.Holds);
        if (holds)
            Change(txn.Changes);
        return new StoreTxnResult(holds, _state.Revision);
    }

    public ValueTask<StoreRange> RangeAsync(string prefix, CancellationToken cancellationToken) => ValueTask.FromResult(Range(prefix));

    public ValueTask<StoreTxnResult> TxnAsync(StoreTxn txn, CancellationToken cancellationToken) => ValueTask.FromResult(Apply(txn));

    public ValueTask<LeaseId> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<bool> KeepAliveAsync(LeaseId lease, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RevokeAsync(LeaseId lease, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<StoreEvent> WatchAsync(string prefix, long fromRevision, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
