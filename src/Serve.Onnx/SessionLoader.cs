using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Serve.Wire.Control;

namespace Serve.Onnx;

/// <summary>Makes ONNX Runtime sessions with the settings of a server.</summary>
internal static class SessionLoader
{
    public static InferenceSession Load(string path, OnnxOptions options)
    {
        if (!File.Exists(path))
            throw new OnnxModelException($"The model file '{path}' doesn't exist.");

        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = options.IntraOpThreads ?? ThreadsOf(Environment.GetEnvironmentVariable(ProgramContract.CpusVariable)),
            GraphOptimizationLevel = options.GraphOptimization,
            // Each error comes back as an exception; it need not be on the standard error stream too.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // A memory plan is kept for each shape ever seen, and in a server shapes vary: without, a process with the OCR models idles at 256 MB, not 393, as fast.
            EnableMemoryPattern = false,
        };
        // Threads that wait for work in a loop take the cores from the replicas beside them, and are not faster.
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        foreach (var library in options.CustomOpLibraries)
            Register(sessionOptions, library, path);
        try
        {
            return new InferenceSession(path, sessionOptions);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new OnnxModelException($"ONNX Runtime can't load the model '{path}': {exception.Message}", exception);
        }
    }

    /// <param name="cpus">The cores that the replica has reserved, as its node wrote them, or null.</param>
    internal static int ThreadsOf(string? cpus) =>
        double.TryParse(cpus, CultureInfo.InvariantCulture, out var cores) ? (int)Math.Clamp(cores, 1, Environment.ProcessorCount) : 1;

    private static void Register(SessionOptions sessionOptions, string library, string path)
    {
        if (!File.Exists(library))
            throw new OnnxModelException($"The library of custom operators '{library}', for the model '{path}', doesn't exist.");
        try
        {
            sessionOptions.RegisterCustomOpLibrary(library);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new OnnxModelException($"ONNX Runtime can't use '{library}', for the model '{path}', as a library of custom operators: {exception.Message}", exception);
        }
    }
}
