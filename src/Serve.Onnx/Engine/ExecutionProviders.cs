using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Serve.Onnx;

/// <summary>Gives a session its device.</summary>
internal static class ExecutionProviders
{
    /// <summary>Says what the session will run on, and why it is not what was asked for.</summary>
    /// <exception cref="OnnxModelException">The device can't be used, and the CPU is not allowed instead.</exception>
    public static (OnnxDevice Device, string? Fallback) Add(SessionOptions sessionOptions, OnnxOptions options, string path)
    {
        if (options.Device == OnnxDevice.Cpu)
            return (OnnxDevice.Cpu, null);
        try
        {
            using var cuda = new OrtCUDAProviderOptions();
            var settings = options.ProviderOptions.ToDictionary(StringComparer.Ordinal);
            settings["device_id"] = options.DeviceId.ToString(CultureInfo.InvariantCulture);
            cuda.UpdateOptions(settings);
            sessionOptions.AppendExecutionProvider_CUDA(cuda);
            return (OnnxDevice.Cuda, null);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
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
}
