using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx.Engine;

/// <summary>Gives a session its device.</summary>
internal static class ExecutionProviders
{
    private const string CudaProvider = "CUDAExecutionProvider";
    private const string CudaLibrary = "libonnxruntime_providers_cuda.so";

    /// <summary>Brought into ONNX Runtime once for the process; a failure stays one, since what is missing on the machine stays missing.</summary>
    private static readonly Lazy<OrtEpDevice[]> CudaDevices = new(FindCudaDevices);

    /// <summary>Says what the session will run on, and why it is not what was asked for.</summary>
    /// <exception cref="OnnxModelException">The device can't be used, and the CPU is not allowed instead.</exception>
    public static (OnnxDevice Device, string? Fallback) Add(SessionOptions sessionOptions, OnnxOptions options, string path)
    {
        if (options.Device == OnnxDevice.Cpu)
            return (OnnxDevice.Cpu, null);
        try
        {
            AddCuda(sessionOptions, options);
            return (OnnxDevice.Cuda, null);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or FileNotFoundException or InvalidOperationException or ArgumentException)
        {
            var reason = exception.Message.Trim();
            return options.AllowCpuFallback
                ? (OnnxDevice.Cpu, reason)
                : throw new OnnxModelException(
                    $"The model '{path}' is to run on CUDA device {options.DeviceId}, which ONNX Runtime can't use: {reason} Build the program with -p:OnnxRuntimeCuda=true "
                    + $"and run it on a machine with an NVIDIA driver, CUDA 13 and cuDNN 9; or allow the CPU instead ({nameof(OnnxOptions.AllowCpuFallback)}).",
                    exception);
        }
    }

    /// <summary>The library from npm was built for the CPU and takes CUDA in as a plug-in; the one from NuGet has it built in.</summary>
    private static void AddCuda(SessionOptions sessionOptions, OnnxOptions options)
    {
        if (File.Exists(LibraryPath))
        {
            var devices = CudaDevices.Value;
            if (options.DeviceId >= devices.Length)
                throw new InvalidOperationException($"There are {devices.Length} CUDA devices, numbered from 0.");
            sessionOptions.AppendExecutionProvider(OrtEnv.Instance(), [devices[options.DeviceId]], options.ProviderOptions.ToDictionary(StringComparer.Ordinal));
            return;
        }

        using var cuda = new OrtCUDAProviderOptions();
        var settings = options.ProviderOptions.ToDictionary(StringComparer.Ordinal);
        settings["device_id"] = options.DeviceId.ToString(CultureInfo.InvariantCulture);
        cuda.UpdateOptions(settings);
        sessionOptions.AppendExecutionProvider_CUDA(cuda);
    }

    private static string LibraryPath => Path.Combine(AppContext.BaseDirectory, CudaLibrary);

    private static OrtEpDevice[] FindCudaDevices()
    {
        var environment = OrtEnv.Instance();
        environment.RegisterExecutionProviderLibrary(CudaProvider, LibraryPath);
        return [.. environment.GetEpDevices().Where(device => device.EpName == CudaProvider)];
    }
}
