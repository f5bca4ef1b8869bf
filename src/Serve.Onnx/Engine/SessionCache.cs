namespace Serve.Onnx.Engine;

/// <summary>
/// The sessions of this process: one for each model file and way to run it, whoever asks for it and however often, since its weights are most of its memory and any number of
/// threads may run it. It goes when the last who holds it lets go.
/// </summary>
internal sealed class SessionCache(Func<string, OnnxOptions, EngineSession> create)
{
    private readonly Lock _lock = new();
    private readonly Lock _loadLock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public static SessionCache Shared { get; } = new(SessionFactory.Create);

    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Finds or makes a session. Those who ask for one that is just being made wait for it, and share its failure, which is not kept.</summary>
    /// <exception cref="OnnxModelException">The model can't be loaded.</exception>
    public Holding Open(string path, OnnxOptions options)
    {
        var key = KeyOf(path, options);
        Entry? entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out entry))
                _entries.Add(key, entry = new Entry(key, new Lazy<EngineSession>(() => Load(path, options))));
            entry.Holders++;
        }

        try
        {
            return new Holding(this, entry, entry.Session.Value);
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    private static string KeyOf(string path, OnnxOptions options)
    {
        var file = new FileInfo(path);
        return $"{path}|{(file.Exists ? file.Length : -1)}|{file.LastWriteTimeUtc.Ticks}|{options.Describe()}";
    }

    /// <summary>One at a time, so that what the process grows by meanwhile is this model's.</summary>
    private EngineSession Load(string path, OnnxOptions options)
    {
        lock (_loadLock)
        {
            // The library and its threads are no model's.
            _ = EngineThreads.HavePool;
            var before = ProcessMemory.Native;
            var session = create(path, options);
            // A model that takes the place of one unloaded before makes the process grow by nothing; it is as large as its weights at least.
            session.MemoryBytes = Math.Max(ProcessMemory.Native - before, new FileInfo(path).Length);
            return session;
        }
    }

    private void Release(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Holders > 0)
                return;
            _entries.Remove(entry.Key);
        }

        if (entry.Session.IsValueCreated)
            entry.Session.Value.Dispose();
    }

    /// <summary>One holder's share of a session.</summary>
    internal sealed class Holding(SessionCache cache, Entry entry, EngineSession session) : IDisposable
    {
        private bool _released;

        public EngineSession Session { get; } = session;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _released, true))
                cache.Release(entry);
        }
    }

    internal sealed class Entry(string key, Lazy<EngineSession> session)
    {
        public string Key { get; } = key;

        public Lazy<EngineSession> Session { get; } = session;

        public int Holders { get; set; }
    }
}
