namespace Profile;

/// <summary>Samples of one process, counted by method: where it was (self), and what was on the stack (inclusive).</summary>
internal sealed class SampleTable
{
    private readonly Dictionary<Frame, int> _self = [];
    private readonly Dictionary<Frame, int> _inclusive = [];
    private readonly Dictionary<string, int> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<Frame> _seen = [];

    public int Busy { get; private set; }

    public int Waiting { get; private set; }

    /// <summary>Counts one sample.</summary>
    /// <param name="stack">The stack, the innermost method first.</param>
    public void Add(IReadOnlyList<Frame> stack)
    {
        if (stack.Count == 0 || stack[0].IsWait)
        {
            Waiting++;
            return;
        }

        Busy++;
        Increment(_self, stack[0]);
        Increment(_modules, stack[0].Module);
        _seen.Clear();
        foreach (var frame in stack)
        {
            if (!frame.IsPlumbing && _seen.Add(frame)) // once for each sample, also where a method calls itself
                Increment(_inclusive, frame);
        }
    }

    public void Print(TextWriter output, int rows)
    {
        Print(output, "self time by module", _modules, rows: 20);
        Print(output, "self time by method", _self, rows);
        Print(output, "inclusive time by method", _inclusive, 2 * rows);
    }

    private void Print<T>(TextWriter output, string title, Dictionary<T, int> counts, int rows)
        where T : notnull
    {
        output.WriteLine($"\n{title}");
        foreach (var (key, count) in counts.OrderByDescending(pair => pair.Value).Take(rows))
            output.WriteLine($"{100.0 * count / Busy,6:0.0} %  {key}");
    }

    private static void Increment<T>(Dictionary<T, int> counts, T key)
        where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
