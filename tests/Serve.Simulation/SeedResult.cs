namespace Serve.Simulation;

/// <param name="Seed">The seed.</param>
/// <param name="Steps">How many things happened.</param>
/// <param name="Time">How much simulated time passed.</param>
/// <param name="Faults">How often each kind of fault happened.</param>
/// <param name="TraceHash">Equal for runs that did the same.</param>
/// <param name="Failure">What was broken, or null.</param>
/// <param name="Trace">The last steps, where something was broken.</param>
internal sealed record SeedResult(int Seed, long Steps, TimeSpan Time, IReadOnlyList<int> Faults, ulong TraceHash, Exception? Failure, IReadOnlyCollection<string> Trace);
