using System.Collections;

namespace Grpc.Core;

/// <summary>What travels beside the messages of a call: names with texts, or with bytes where the name ends with <c>-bin</c>. A name can stand there more than once.</summary>
public sealed partial class Metadata : IList<Metadata.Entry>
{
    /// <summary>How names of binary values end.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>Nothing, for ever.</summary>
    public static readonly Metadata Empty = new Metadata().Freeze();

    private readonly List<Entry> _entries = [];
    private bool _isReadOnly;

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <inheritdoc/>
    public bool IsReadOnly => _isReadOnly;

    /// <inheritdoc/>
    public Entry this[int index]
    {
        get => _entries[index];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            CheckWritable();
            _entries[index] = value;
        }
    }

    /// <summary>The last entry of that name, or null.</summary>
    public Entry? Get(string key) => _entries.FindLast(entry => Is(entry, key));

    /// <summary>The text of the last entry of that name, or null.</summary>
    /// <exception cref="InvalidOperationException">It is binary.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry of that name, or null.</summary>
    /// <exception cref="InvalidOperationException">It is a text.</exception>
    public byte[]? GetValueBytes(string key) => Get(key) is not { } entry
        ? null
        : entry.IsBinary ? entry.ValueBytes : throw new InvalidOperationException($"The entry '{entry.Key}' of the metadata is a text, not bytes.");

    /// <summary>All entries of that name, in their order.</summary>
    public IEnumerable<Entry> GetAll(string key) => _entries.Where(entry => Is(entry, key));

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => Add(new Entry(key, value));

    /// <summary>Adds bytes.</summary>
    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    /// <inheritdoc/>
    public void Add(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        CheckWritable();
        _entries.Add(item);
    }

    /// <inheritdoc/>
    public int IndexOf(Entry item) => _entries.IndexOf(item);

    /// <inheritdoc/>
    public void Insert(int index, Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        CheckWritable();
        _entries.Insert(index, item);
    }

    /// <inheritdoc/>
    public void RemoveAt(int index)
    {
        CheckWritable();
        _entries.RemoveAt(index);
    }

    /// <inheritdoc/>
    public bool Remove(Entry item)
    {
        CheckWritable();
        return _entries.Remove(item);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        CheckWritable();
        _entries.Clear();
    }

    /// <inheritdoc/>
    public bool Contains(Entry item) => _entries.Contains(item);

    /// <inheritdoc/>
    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    /// <inheritdoc/>
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal Metadata Freeze()
    {
        _isReadOnly = true;
        return this;
    }

    private static bool Is(Entry entry, string key) => entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase);

    private void CheckWritable()
    {
        if (_isReadOnly)
            throw new InvalidOperationException("The metadata can't be changed.");
    }
}
