using System.Globalization;
using Serve.Testing;

namespace Serve.ClusterTests.Behaviour;

/// <summary>The test's side of the program's journal: what happened under a key, and the word to go on.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _keys;

    public string Path => _folder.Path;

    public string NewKey() => $"key{Interlocked.Increment(ref _keys)}";

    public bool Has(string key, string what) => File.Exists(_folder.File($"{key}.{what}"));

    /// <summary>Waits until something has happened under a key.</summary>
    /// <returns>When it happened, on the machine's monotonic clock.</returns>
    public async Task<long> SeenAsync(string key, string what)
    {
        await Eventually.TrueAsync(() => Has(key, what), text: $"{key}.{what} in the journal");
        return long.Parse(await File.ReadAllTextAsync(_folder.File($"{key}.{what}")), CultureInfo.InvariantCulture);
    }

    /// <summary>Tells the program something under a key.</summary>
    public void Write(string key, string what) => File.WriteAllText(_folder.File($"{key}.{what}"), "");

    public void Release(string key) => Write(key, "release");

    public void Dispose() => _folder.Dispose();
}
