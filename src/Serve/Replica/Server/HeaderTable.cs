using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Serve.Replica.Server;

/// <summary>
/// Headers in the order in which they came, found by looking through them: a message has a dozen, and for so few that is faster than hashing.
/// The table is used again for the next message.
/// </summary>
internal class HeaderTable : IHeaderDictionary
{
    private const int FirstSize = 16;

    /// <summary>A longer value is not kept for the next message.</summary>
    private const int MaxKeptLength = 512;

    private HeaderEntry[] _entries = new HeaderEntry[FirstSize];
    private ReadOnlyMemory<byte> _source;

    public int Count { get; private set; }

    public bool IsReadOnly { get; protected set; }

    public long? ContentLength
    {
        get => long.TryParse(this[HeaderNames.ContentLength].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
        set
        {
            if (value is { } length)
                ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(value));
            this[HeaderNames.ContentLength] = value?.ToString(CultureInfo.InvariantCulture);
        }
    }

    public ICollection<string> Keys => Array.ConvertAll(_entries[..Count], static entry => entry.Name);

    public ICollection<StringValues> Values
    {
        get
        {
            var values = new StringValues[Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = ValueAt(i);
            return values;
        }
    }

    [SuppressMessage("Usage", "MA0015", Justification = "The framework's own dictionaries of headers answer alike.")]
    public StringValues this[string key]
    {
        get => IndexOf(key) is >= 0 and var index ? ValueAt(index) : StringValues.Empty;
        set
        {
            ThrowIfReadOnly();
            ArgumentException.ThrowIfNullOrEmpty(key);
            if (value.Count == 0)
                RemoveKey(key);
            else
                Set(key, value);
        }
    }

    StringValues IDictionary<string, StringValues>.this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no header '{key}'.");
        set => this[key] = value;
    }

    public string NameAt(int index) => _entries[index].Name;

    public StringValues ValueAt(int index)
    {
        ref var entry = ref _entries[index];
        if (entry.Length != HeaderEntry.IsText)
            Decode(ref entry);
        return entry.Value;
    }

    public bool TryGetValue(string key, out StringValues value)
    {
        if (IndexOf(key) is >= 0 and var index)
        {
            value = ValueAt(index);
            return true;
        }

        value = default;
        return false;
    }

    public bool ContainsKey(string key) => IndexOf(key) >= 0;

    public void Add(string key, StringValues value)
    {
        ThrowIfReadOnly();
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (ContainsKey(key))
            throw new ArgumentException($"There is a header '{key}' already.", nameof(key));
        Set(key, value);
    }

    public bool Remove(string key)
    {
        ThrowIfReadOnly();
        return RemoveKey(key);
    }

    public void Clear()
    {
        ThrowIfReadOnly();
        Reset();
    }

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return new KeyValuePair<string, StringValues>(_entries[i].Name, ValueAt(i));
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void ICollection<KeyValuePair<string, StringValues>>.Add(KeyValuePair<string, StringValues> item) => Add(item.Key, item.Value);

    bool ICollection<KeyValuePair<string, StringValues>>.Contains(KeyValuePair<string, StringValues> item) => TryGetValue(item.Key, out var value) && value.Equals(item.Value);

    bool ICollection<KeyValuePair<string, StringValues>>.Remove(KeyValuePair<string, StringValues> item) =>
        TryGetValue(item.Key, out var value) && value.Equals(item.Value) && Remove(item.Key);

    void ICollection<KeyValuePair<string, StringValues>>.CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex)
    {
        foreach (var pair in this)
            array[arrayIndex++] = pair;
    }

    /// <summary>Empties the table, whatever state it is in, and lets go of the bytes of its values.</summary>
    public void Reset()
    {
        for (var i = 0; i < Count; i++)
            Forget(ref _entries[i]);
        Count = 0;
        _source = default;
        IsReadOnly = false;
    }

    /// <summary>The bytes of the values that <see cref="Append(string, int, int)"/> adds: they must stay until <see cref="Reset"/>.</summary>
    protected void Use(ReadOnlyMemory<byte> source) => _source = source;

    /// <summary>Adds a header that came; one that came before under the same name gets one more value.</summary>
    protected void Append(string name, int start, int length)
    {
        if (IndexOf(name) is >= 0 and var index)
        {
            var first = ValueAt(index);
            _entries[index].Value = StringValues.Concat(first, Encoding.UTF8.GetString(_source.Span.Slice(start, length)));
            return;
        }

        ref var entry = ref Next();
        entry.Name = name;
        entry.Start = start;
        entry.Length = length;
    }

    /// <summary>A name as text; the one that stood in the same place of the last message, where it is the same.</summary>
    protected string NameOf(ReadOnlySpan<byte> bytes) =>
        Count < _entries.Length && _entries[Count].Name is { } last && Ascii.Equals(bytes, last) ? last : Encoding.UTF8.GetString(bytes);

    /// <summary>Refuses what must not be sent.</summary>
    protected virtual void Check(string name, StringValues value)
    {
    }

    private int IndexOf(string name)
    {
        var entries = _entries.AsSpan(0, Count);
        for (var i = 0; i < entries.Length; i++)
        {
            var candidate = entries[i].Name;
            if (ReferenceEquals(candidate, name) || (candidate.Length == name.Length && candidate.Equals(name, StringComparison.OrdinalIgnoreCase)))
                return i;
        }

        return -1;
    }

    private void Set(string name, StringValues value)
    {
        Check(name, value);
        var index = IndexOf(name);
        if (index < 0)
        {
            Next().Name = name;
            index = Count - 1;
        }

        _entries[index].Value = value;
        _entries[index].Length = HeaderEntry.IsText;
    }

    private bool RemoveKey(string name)
    {
        var index = IndexOf(name);
        if (index < 0)
            return false;
        Array.Copy(_entries, index + 1, _entries, index, Count - index - 1);
        Count--;
        _entries[Count] = default;
        return true;
    }

    private ref HeaderEntry Next()
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        return ref _entries[Count++];
    }

    private void Decode(ref HeaderEntry entry)
    {
        var bytes = _source.Span.Slice(entry.Start, entry.Length);
        if (entry.Last is null || !Ascii.Equals(bytes, entry.Last))
            entry.Last = Encoding.UTF8.GetString(bytes);
        entry.Value = entry.Last;
        entry.Length = HeaderEntry.IsText;
    }

    private static void Forget(ref HeaderEntry entry)
    {
        entry.Value = default;
        if (entry.Last?.Length > MaxKeptLength)
            entry.Last = null;
    }

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly)
            throw new InvalidOperationException("The headers can't be changed any more: the response has started.");
    }
}
