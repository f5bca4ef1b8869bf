using System.Collections.Concurrent;
using Serve.Specs.Routing;

namespace Serve.Routing.Limits;

/// <summary>
/// Bounds the requests of each key by a rate and a burst: exactly, with one number for each key (the generic cell rate algorithm, ITU-T I.371,
/// which is a token bucket that stores when it will be full). Keys that have paused long enough to have their whole burst back are
/// forgotten without loss. Beyond a number of keys that are all busy, new ones share one bucket: memory is bounded whoever comes.
/// </summary>
internal sealed class KeyedRateLimit(RateLimitSpec spec, TimeProvider timeProvider, int maxKeys = KeyedRateLimit.MaxKeys)
{
    public const int MaxKeys = 100_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly Bucket _shared = new();
    private readonly long _begin = timeProvider.GetTimestamp();
    private readonly double _interval = 1 / spec.RequestsPerSecond;
    private readonly double _burst = spec.BurstOrDefault / spec.RequestsPerSecond;
    private readonly Lock _sweepLock = new();
    private double _nextSweep;
    private int _count;

    public RateLimitSpec Spec { get; } = spec;

    /// <summary>How many keys are remembered.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts a request.</summary>
    /// <param name="key">Whose it is.</param>
    /// <returns>Null where it may go on; otherwise when the key may send the next.</returns>
    public TimeSpan? TryTake(string key)
    {
        var now = timeProvider.GetElapsedTime(_begin).TotalSeconds;
        while (true)
        {
            if (BucketOf(key, now).TryTake(now, _interval, _burst, out var wait))
                return wait > 0 ? TimeSpan.FromSeconds(wait) : null;
        }
    }

    /// <summary>Counts a request.</summary>
    /// <exception cref="ServeException">The key has used up what it may send.</exception>
    public void Check(string key)
    {
        if (TryTake(key) is not { } wait)
            return;
        throw new ServeException(
            ServeError.RateLimited,
            $"Too many requests: the application takes {Spec.RequestsPerSecond:0.###} per second of each {Spec.Header ?? "client address"} (rate_limit). Try again in {wait.TotalSeconds:0.###} s.")
        {
            RetryAfter = wait,
        };
    }

    private Bucket BucketOf(string key, double now)
    {
        if (_buckets.TryGetValue(key, out var bucket))
            return bucket;
        if (Count >= maxKeys && !Sweep(now))
            return _shared;
        var made = new Bucket();
        if (!_buckets.TryAdd(key, made))
            return _buckets.GetValueOrDefault(key) ?? _shared;
        Interlocked.Increment(ref _count);
        return made;
    }

    /// <summary>Forgets the keys that have their whole burst, once a second at most.</summary>
    /// <returns>Whether there is room now.</returns>
    private bool Sweep(double now)
    {
        lock (_sweepLock)
        {
            if (now < _nextSweep)
                return Count < maxKeys;
            _nextSweep = now + 1;
            foreach (var (key, bucket) in _buckets)
            {
                if (bucket.TryRetire(now) && _buckets.TryRemove(key, out _))
                    Interlocked.Decrement(ref _count);
            }

            return Count < maxKeys;
        }
    }

    private sealed class Bucket
    {
        private readonly Lock _lock = new();
        private double _fullAt;
        private bool _isRetired;

        /// <returns>False where the bucket is out of use: ask for another.</returns>
        public bool TryTake(double now, double interval, double burst, out double wait)
        {
            // Sums of fractions are off by a little; so is the clock.
            const double Tolerance = 1e-9;
            lock (_lock)
            {
                wait = 0;
                if (_isRetired)
                    return false;
                var next = Math.Max(_fullAt, now) + interval;
                if (next - now > burst + Tolerance)
                    wait = next - now - burst;
                else
                    _fullAt = next;
                return true;
            }
        }

        public bool TryRetire(double now)
        {
            lock (_lock)
                return _isRetired |= _fullAt <= now;
        }
    }
}
