using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx.Engine;

/// <summary>Makes ONNX Runtime sessions with the settings of a server.</summary>
internal static class SessionFactory
{
    /// <exception cref="OnnxModelException">The model can't be loaded like that.</exception>
    public static EngineSession Create(string path, OnnxOptions options)
    {
        if (!File.Exists(path))
            throw new OnnxModelException($"The model file '{path}' doesn't exist.");

        var havePool = EngineThreads.HavePool;
        using var sessionOptions = new SessionOptions
        {
            GraphOptimizationLevel = options.GraphOptimization,
            ExecutionMode = options.Execution,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            EnableCpuMemArena = options.Arena != OnnxArena.None,
            // A memory plan is kept for each shape ever seen, and in a server shapes vary: without, a process with the OCR models idles at 256 MB, not 393, as fast.
            EnableMemoryPattern = options.PlanMemory,
        };
        SetThreads(sessionOptions, options, havePool);
        foreach (var (key, value) in options.SessionEntries)
            sessionOptions.AddSessionConfigEntry(key, value);
        foreach (var library in options.CustomOpLibraries)
            Register(sessionOptions, library, path);
        var (device, fallback) = ExecutionProviders.Add(sessionOptions, options, path);
        try
        {
            using var optimized = OptimizedModel.Find(path, options, device);
            optimized?.Prepare(sessionOptions);
            var session = new InferenceSession(optimized?.LoadPath ?? path, sessionOptions);
            optimized?.Keep();
            return new EngineSession(path, session, device, fallback, options.Arena);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new OnnxModelException($"ONNX Runtime can't load the model '{path}': {exception.Message}", exception);
        }
    }

    private static void SetThreads(SessionOptions sessionOptions, OnnxOptions options, bool havePool)
    {
        if (havePool && options.IntraOpThreads is null && options.InterOpThreads is null)
        {
            sessionOptions.DisablePerSessionThreads();
            return;
        }

        sessionOptions.IntraOpNumThreads = options.IntraOpThreads ?? EngineThreads.Share;
        sessionOptions.InterOpNumThreads = options.InterOpThreads ?? EngineThreads.Share;
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        sessionOptions.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
    }

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
