using System.Text;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Embedded;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>A folder with an embedded store that a test opens, closes, copies and damages.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ManualTimeProvider Clock { get; } = new();

    public TestLog Log { get; } = new();

    public string Folder => _folder.Path;

    public string File => _folder.File("store.log");

    public string NewFile => _folder.File("store.log.new");

    public EmbeddedStore Open(Action? beforeWrite = null) => EmbeddedStore.Open(Folder, Clock, Log.CreateLogger<EmbeddedStore>(), beforeWrite);

    /// <summary>What a store finds in the folder: each key with its create and mod revision and its value.</summary>
    public async Task<string> ContentsAsync()
    {
        await using var store = Open();
        return await ContentsAsync(store);
    }

    public static async Task<string> ContentsAsync(EmbeddedStore store)
    {
        var range = await store.RangeAsync("", default);
        return Text(range.Entries);
    }

    public static string Text(IEnumerable<StoreEntry> entries) =>
        string.Join(' ', entries.Select(entry => $"{entry.Key}@{entry.CreateRevision}/{entry.ModRevision}={Encoding.UTF8.GetString(entry.Value)}"));

    public static async Task<StoreTxnResult> PutAsync(EmbeddedStore store, string key, string value, LeaseId lease = default, bool isVolatile = false) =>
        await store.TxnAsync(new StoreTxn([], [new StoreChange(key, Encoding.UTF8.GetBytes(value), lease, isVolatile)]), default);

    public static async Task<StoreTxnResult> DeleteAsync(EmbeddedStore store, string key) => await store.TxnAsync(new StoreTxn([], [new StoreChange(key, Value: null)]), default);

    public void Dispose()
    {
        _folder.Dispose();
        Log.Dispose();
    }
}
