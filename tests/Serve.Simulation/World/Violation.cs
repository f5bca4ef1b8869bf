namespace Serve.Simulation.World;

/// <summary>Something that must never be true was.</summary>
/// <param name="invariant">The name of what was broken.</param>
/// <param name="message">How.</param>
internal sealed class Violation(string invariant, string message) : Exception($"{invariant}: {message}")
{
    public string Invariant => invariant;
}
