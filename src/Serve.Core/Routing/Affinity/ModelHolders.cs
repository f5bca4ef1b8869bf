using System.Collections.Concurrent;

namespace Serve.Routing.Affinity;

/// <summary>
/// Which replicas hold which multiplexed model. A replica that was just given the first request for a model counts as a holder at once:
/// the next requests shall wait for one load there rather than start another elsewhere. Replicas that don't load it keep the guess for a
/// while only. Read without a lock.
/// </summary>
internal sealed class ModelHolders(long guessTime)
{
    /// <summary>How many models a replica may be guessed to hold; the oldest guess goes first.</summary>
    private const int MaxGuesses = 64;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, ReplicaEntry[]> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<ReplicaEntry, Held> _held = [];

    /// <summary>The replicas that hold a model, or are about to.</summary>
    public ReadOnlySpan<ReplicaEntry> Of(string model) => _holders.TryGetValue(model, out var holders) ? holders : [];

    /// <summary>A replica said what it holds.</summary>
    public void Told(ReplicaEntry replica, IReadOnlyList<string> models, long now)
    {
        lock (_lock)
        {
            var held = HeldBy(replica);
            var before = held.All();
            held.Told = [.. models];
            held.Guesses.RemoveAll(guess => held.Told.Contains(guess.Model) || now - guess.At > guessTime);
            Apply(replica, held, before);
        }
    }

    /// <summary>A replica was given a request for a model that it does not hold, and will load it.</summary>
    public void Guess(ReplicaEntry replica, string model, long now)
    {
        lock (_lock)
        {
            var held = HeldBy(replica);
            if (held.Told.Contains(model) || held.Guesses.Exists(guess => guess.Model == model))
                return;
            var before = held.All();
            held.Guesses.RemoveAll(guess => now - guess.At > guessTime);
            if (held.Guesses.Count == MaxGuesses)
                held.Guesses.RemoveAt(0);
            held.Guesses.Add((model, now));
            Apply(replica, held, before);
        }
    }

    /// <summary>A replica is used no more.</summary>
    public void Forget(ReplicaEntry replica)
    {
        lock (_lock)
        {
            if (!_held.Remove(replica, out var held))
                return;
            foreach (var model in held.All())
                Remove(model, replica);
            replica.ModelCount = 0;
        }
    }

    private Held HeldBy(ReplicaEntry replica)
    {
        if (!_held.TryGetValue(replica, out var held))
            _held.Add(replica, held = new Held());
        return held;
    }

    private void Apply(ReplicaEntry replica, Held held, HashSet<string> before)
    {
        var after = held.All();
        foreach (var model in before)
        {
            if (!after.Contains(model))
                Remove(model, replica);
        }

        foreach (var model in after)
        {
            if (!before.Contains(model))
                _holders[model] = _holders.TryGetValue(model, out var others) ? [.. others, replica] : [replica];
        }

        replica.ModelCount = after.Count;
    }

    private void Remove(string model, ReplicaEntry replica)
    {
        if (!_holders.TryGetValue(model, out var holders))
            return;
        ReplicaEntry[] left = [.. holders.Where(other => other != replica)];
        if (left.Length == 0)
            _holders.TryRemove(model, out _);
        else
            _holders[model] = left;
    }

    private sealed class Held
    {
        public HashSet<string> Told { get; set; } = [];

        public List<(string Model, long At)> Guesses { get; } = [];

        public HashSet<string> All() => [.. Told, .. Guesses.Select(guess => guess.Model)];
    }
}
