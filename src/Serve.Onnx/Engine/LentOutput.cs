using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Serve.Tensors;

namespace Serve.Onnx.Engine;

/// <summary>
/// A result of numbers as a buffer over ONNX Runtime's own memory. It goes back to the session's arena when the buffer is disposed, and the arena outlives the session
/// for as long as one of its tensors does. What lies in an input's memory is copied: that is the caller's, who gives it back while the answer may still be on its way.
/// </summary>
internal static class LentOutput
{
    public static unsafe TensorBuffer Of(string name, TensorElement element, OrtValue value, RunInputs inputs)
    {
        var shape = value.GetTensorTypeAndShape().Shape;
        if (!TensorSize.TryBytes(element.DataType, shape, out var length))
        {
            value.Dispose();
            throw TooLarge(name, shape);
        }

        _ = TensorSize.TryCount(shape, out var count);
        var pointer = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(value.GetTensorMutableRawData()));
        if (inputs.Hold(pointer))
        {
            using (value)
            {
                var copy = TensorBuffer.Rent(element.DataType, shape);
                new ReadOnlySpan<byte>((void*)pointer, length).CopyTo(copy.Bytes);
                return copy;
            }
        }

        return new TensorBuffer(element.DataType, shape, count, new TensorMemory(value, pointer, length), start: 0, length);
    }

    public static OnnxModelException TooLarge(string name, ReadOnlySpan<long> shape) =>
        new($"The output '{name}' has the shape {TensorSize.Describe(shape)}: a tensor can have at most {TensorSize.MaxBytes} bytes and {TensorSize.MaxRank} dimensions.");
}
