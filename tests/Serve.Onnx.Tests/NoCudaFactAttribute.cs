namespace Serve.Onnx.Tests;

/// <summary>A test of what happens where CUDA is missing; on a machine that has it there is nothing to see.</summary>
internal sealed class NoCudaFactAttribute : FactAttribute
{
    public NoCudaFactAttribute()
    {
        if (File.Exists(Path.Combine(AppContext.BaseDirectory, "libonnxruntime_providers_cuda.so")) && File.Exists("/dev/nvidia0"))
            Skip = "This machine has CUDA.";
    }
}
