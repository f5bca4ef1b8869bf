using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Serve.Wire.Control;

namespace Serve.Onnx.Engine;

/// <summary>
/// The threads that all models of a process share: as many as it has cores. A pool for each model would be as many threads again with every model, on the same cores.
/// </summary>
internal static class EngineThreads
{
    private static readonly Lazy<bool> Pool = new(TryCreate);

    /// <summary>The whole cores of this process, at least 1.</summary>
    public static int Share { get; } = CountOf(Environment.GetEnvironmentVariable(ProgramContract.CpusVariable));

    /// <summary>Whether there is a common pool: not if the program has made ONNX Runtime's environment by itself before.</summary>
    public static bool HavePool => Pool.Value;

    /// <param name="cpus">The cores that the replica has reserved, as its node wrote them, or null.</param>
    internal static int CountOf(string? cpus) =>
        double.TryParse(cpus, CultureInfo.InvariantCulture, out var cores) ? (int)Math.Clamp(cores, 1, Environment.ProcessorCount) : 1;

    private static bool TryCreate()
    {
        if (OrtEnv.IsCreated)
            return false;
        using var threads = new OrtThreadingOptions
        {
            GlobalIntraOpNumThreads = Share,
            GlobalInterOpNumThreads = Share,
            // Threads that wait for work in a loop take the cores from the replicas beside them, and are not faster.
            GlobalSpinControl = false,
        };
        // Each error comes back as an exception; it need not be on the standard error stream too.
        var options = new EnvironmentCreationOptions { logId = "serve", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, threadOptions = threads };
        try
        {
            _ = OrtEnv.CreateInstanceWithOptions(ref options);
            return true;
        }
        catch (OnnxRuntimeException) when (OrtEnv.IsCreated)
        {
            return false;
        }
    }
}
