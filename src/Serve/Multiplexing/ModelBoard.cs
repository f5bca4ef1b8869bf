using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;

namespace Serve.Multiplexing;

/// <summary>
/// Which models a replica holds or loads, for the routers: whoever carries it to them subscribes, is told now and after changes, those
/// of a moment together. Also what ends all models when the replica stops.
/// </summary>
internal sealed class ModelBoard : IDisposable
{
    /// <summary>How many bytes of ids are told. Requests for what is left out are routed as if the replica did not have it.</summary>
    private const int MaxToldBytes = 64 * 1024;

    /// <summary>How long changes are collected before they are told.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<IModelCache> _caches = [];
    private readonly TagList _tags;
    private readonly ITimer _timer;
    private Action<IReadOnlyList<string>>? _subscribers;
    private bool _isDue;
    private bool _isTelling;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="tags">What the replica's measurements are told apart by.</param>
    public ModelBoard(TimeProvider timeProvider, TagList tags)
    {
        _tags = tags;
        ModelMeters.Show(this);
        using (ExecutionContext.SuppressFlow())
            _timer = timeProvider.CreateTimer(static state => ((ModelBoard)state!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IReadOnlyList<string> Held
    {
        get
        {
            lock (_lock)
                return [.. _counts.Keys];
        }
    }

    /// <summary>How many models the replica has; nothing where it is not multiplexed.</summary>
    public IEnumerable<Measurement<long>> Count()
    {
        lock (_lock)
            return _caches.Count == 0 ? [] : [new Measurement<long>(_counts.Count, _tags)];
    }

    /// <summary>A one for each model.</summary>
    public IEnumerable<Measurement<long>> Ids()
    {
        return Held.Select(WithId);

        Measurement<long> WithId(string id)
        {
            var tags = _tags;
            tags.Add("model_id", id);
            return new Measurement<long>(1, tags);
        }
    }

    /// <summary>Tells somebody, now and after changes, until <see cref="Unsubscribe"/>.</summary>
    public void Subscribe(Action<IReadOnlyList<string>> subscriber)
    {
        lock (_lock)
        {
            _subscribers += subscriber;
            if (_counts.Count > 0)
                MakeDue();
        }
    }

    public void Unsubscribe(Action<IReadOnlyList<string>> subscriber)
    {
        lock (_lock)
            _subscribers -= subscriber;
    }

    public void Add(IModelCache cache)
    {
        lock (_lock)
            _caches.Add(cache);
    }

    public void Add(string id)
    {
        lock (_lock)
        {
            // Two methods of the class may have models of the same name.
            if (_counts.TryGetValue(id, out var count))
                _counts[id] = count + 1;
            else
                _counts.Add(id, 1);
            if (count == 0)
                MakeDue();
        }
    }

    public void Remove(string id)
    {
        lock (_lock)
        {
            if (_counts[id] > 1)
            {
                _counts[id]--;
                return;
            }

            _counts.Remove(id);
            MakeDue();
        }
    }

    /// <summary>Unloads all models.</summary>
    public Task CloseAsync(CancellationToken cancellationToken)
    {
        List<IModelCache> caches;
        lock (_lock)
            caches = [.. _caches];
        return Task.WhenAll(caches.Select(cache => cache.CloseAsync(cancellationToken)));
    }

    public void Dispose()
    {
        ModelMeters.Hide(this);
        _timer.Dispose();
    }

    private static IReadOnlyList<string> Bounded(IReadOnlyList<string> ids)
    {
        var count = 0;
        for (var bytes = 0; count < ids.Count; count++)
        {
            bytes += sizeof(ushort) + Encoding.UTF8.GetByteCount(ids[count]);
            if (bytes > MaxToldBytes)
                break;
        }

        return count == ids.Count ? ids : [.. ids.Take(count)];
    }

    private void MakeDue()
    {
        if (_isDue)
            return;
        _isDue = true;
        if (!_isTelling)
            _timer.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tells one state after the other, never two at once: the last one told is the last there was.</summary>
    private void Tell()
    {
        Action<IReadOnlyList<string>>? subscribers;
        lock (_lock)
        {
            _isDue = false;
            _isTelling = true;
            subscribers = _subscribers;
        }

        try
        {
            subscribers?.Invoke(Bounded(Held));
        }
        finally
        {
            lock (_lock)
            {
                _isTelling = false;
                if (_isDue)
                    _timer.Change(Pause, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
