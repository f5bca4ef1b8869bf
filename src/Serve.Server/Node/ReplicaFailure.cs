using Serve.Wire.Control;

namespace Serve.Server.Node;

/// <summary>What a node says of a replica that did not work out.</summary>
internal static class ReplicaFailure
{
    private const int TailLines = 20;

    public static string NotReady(TimeSpan after, StartPhase phase) =>
        $"The replica was not ready after {after.TotalSeconds:0.#} s (startup_timeout_s); it was in {Describe(phase)}.";

    /// <param name="exitCode">How the process ended.</param>
    /// <param name="phase">How far it had come, or null where it never called.</param>
    public static string EndedEarly(int exitCode, StartPhase? phase) => phase is { } reached
        ? $"The process ended with {Describe(exitCode)} in {Describe(reached)}."
        : $"The process ended with {Describe(exitCode)} before it called AddServe.";

    public static string Crashed(int exitCode) => $"The process ended with {Describe(exitCode)}.";

    public static string WithTail(string failure, WorkerLog log)
    {
        var tail = log.Tail(TailLines);
        return tail.Length == 0 ? failure : $"{failure}\nThe last lines of its log:\n{tail}";
    }

    private static string Describe(int exitCode) => exitCode > 128 ? $"exit code {exitCode} (signal {exitCode - 128})" : $"exit code {exitCode}";

    private static string Describe(StartPhase phase) => phase switch
    {
        StartPhase.Process => "the program's code before AddServe",
        StartPhase.Host => "the building of its host",
        StartPhase.Constructor => "the constructor",
        StartPhase.Initialize => "InitializeAsync",
        StartPhase.Reconfigure => "ReconfigureAsync",
        StartPhase.HealthCheck => "the first health check",
        _ => "the start of its web server",
    };
}
