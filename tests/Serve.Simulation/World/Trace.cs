using System.Globalization;

namespace Serve.Simulation.World;

/// <summary>What happened, step by step: a hash of all of it, and the last lines or all of them.</summary>
internal sealed class Trace(Timeline timeline, bool keepsAll)
{
    private const int Kept = 60;

    private readonly Queue<string> _lines = [];

    /// <summary>Two runs with the same hash did the same (FNV-1a).</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    public IReadOnlyCollection<string> Lines => _lines;

    public void Add(string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{timeline.Now.TotalSeconds,10:0.000} {who,-8} {what}");
        foreach (var character in line)
            Hash = (Hash ^ character) * 1099511628211;
        _lines.Enqueue(line);
        if (!keepsAll && _lines.Count > Kept)
            _lines.Dequeue();
    }
}
