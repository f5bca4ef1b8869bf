namespace Serve.Onnx;

/// <summary>What a model runs on.</summary>
public enum OnnxDevice
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU. Needs ONNX Runtime's CUDA library, which a build brings with <c>-p:OnnxRuntimeCuda=true</c>.</summary>
    Cuda,
}
