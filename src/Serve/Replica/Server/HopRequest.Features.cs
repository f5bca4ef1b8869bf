using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace Serve.Replica.Server;

/// <summary>The collection of features: the request has most of them itself; what middlewares add or replace lies in a short list before those.</summary>
internal abstract partial class HopRequest : IFeatureCollection
{
    private static readonly Type[] OwnFeatures = [.. typeof(HopRequest).GetInterfaces().Where(type => type.Name.EndsWith("Feature", StringComparison.Ordinal))];

    private KeyValuePair<Type, object?>[] _added = new KeyValuePair<Type, object?>[8];
    private int _addedCount;
    private int _revision;
    private Http2Features? _http2;

    bool IFeatureCollection.IsReadOnly => false;

    int IFeatureCollection.Revision => _revision;

    object? IFeatureCollection.this[Type key]
    {
        get
        {
            for (var i = 0; i < _addedCount; i++)
            {
                if (_added[i].Key == key)
                    return _added[i].Value;
            }

            return OwnFeatures.Contains(key) ? this : Http2FeatureOf(key);
        }
        set => Put(key, value);
    }

    TFeature? IFeatureCollection.Get<TFeature>()
        where TFeature : default
    {
        for (var i = 0; i < _addedCount; i++)
        {
            if (_added[i].Key == typeof(TFeature))
                return (TFeature?)_added[i].Value;
        }

        return this is TFeature own ? own : (TFeature?)(object?)Http2FeatureOf(typeof(TFeature));
    }

    void IFeatureCollection.Set<TFeature>(TFeature? instance)
        where TFeature : default => Put(typeof(TFeature), instance);

    IEnumerator<KeyValuePair<Type, object>> IEnumerable<KeyValuePair<Type, object>>.GetEnumerator() => Features().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Features().GetEnumerator();

    private IEnumerable<KeyValuePair<Type, object>> Features()
    {
        var added = _added[.._addedCount];
        foreach (var (type, value) in added)
        {
            if (value is not null)
                yield return new KeyValuePair<Type, object>(type, value);
        }

        foreach (var type in OwnFeatures.Concat(Http2Features.Types).Where(type => !added.Any(pair => pair.Key == type)))
        {
            if (((IFeatureCollection)this)[type] is { } value)
                yield return new KeyValuePair<Type, object>(type, value);
        }
    }

    private void Put(Type type, object? instance)
    {
        _revision++;
        for (var i = 0; i < _addedCount; i++)
        {
            if (_added[i].Key != type)
                continue;
            _added[i] = new KeyValuePair<Type, object?>(type, instance);
            return;
        }

        if (_addedCount == _added.Length)
            Array.Resize(ref _added, 2 * _addedCount);
        _added[_addedCount++] = new KeyValuePair<Type, object?>(type, instance);
    }

    /// <summary>What a client of HTTP/1 can't be sent is not offered to the user's code.</summary>
    private Http2Features? Http2FeatureOf(Type type) => IsHttp2 && Http2Features.Types.Contains(type) ? _http2 ??= new Http2Features(this) : null;

    private void ClearFeatures()
    {
        Array.Clear(_added, 0, _addedCount);
        _addedCount = 0;
        _revision++;
        _http2?.Clear();
    }
}
