using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using Serve.Onnx.Engine;

namespace Serve.Onnx;

/// <summary>A tensor under the name that a model's graph gives it: what goes into a run and what comes out.</summary>
public abstract class OnnxValue
{
    private protected OnnxValue(string name, TensorElement element)
    {
        Name = name;
        Element = element;
    }

    /// <summary>The name of the model's input or output.</summary>
    public string Name { get; }

    /// <summary>The type of an element, such as <c>typeof(float)</c>.</summary>
    public Type ElementType => Element.Type;

    /// <summary>The dimensions, outermost first.</summary>
    public abstract ReadOnlySpan<int> Shape { get; }

    internal TensorElement Element { get; }

    /// <summary>The bytes that <see cref="Pin"/> shows where they lie; 0 where it shows a copy.</summary>
    internal abstract long ByteLength { get; }

    /// <summary>Names a tensor; nothing is copied.</summary>
    /// <typeparam name="T">A number that ONNX knows: an integer of 8 to 64 bits, float, double, Half, BFloat16, or bool.</typeparam>
    /// <param name="name">The name of the model's input.</param>
    /// <param name="tensor">Its elements. They must not change until the run is over.</param>
    /// <exception cref="NotSupportedException">ONNX has no tensors of <typeparamref name="T"/>.</exception>
    public static OnnxValue Create<T>(string name, Tensor<T> tensor)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tensor);
        var element = TensorElement.Find(typeof(T)) ?? throw new NotSupportedException($"Input '{name}' is a tensor of {typeof(T)}, which ONNX doesn't have.");
        return new OnnxValue<T>(name, element, tensor);
    }

    /// <summary>Names a tensor of raw bytes; numbers are not copied.</summary>
    /// <param name="name">The name of the model's input.</param>
    /// <param name="tensor">The tensor. It stays the caller's, who must not change or dispose it until the run is over.</param>
    /// <exception cref="OnnxInputException">A dimension is larger than ONNX Runtime's binding can say: 2³¹−1.</exception>
    public static OnnxValue Create(string name, TensorBuffer tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(tensor);
        return new OnnxBuffer(name, tensor);
    }

    /// <summary>Names texts.</summary>
    /// <param name="name">The name of the model's input.</param>
    /// <param name="texts">The elements, row-major.</param>
    /// <param name="shape">The dimensions.</param>
    /// <exception cref="ArgumentException">The product of the dimensions is not the number of texts.</exception>
    public static OnnxValue Create(string name, string[] texts, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(texts);
        return new OnnxText(name, TensorElement.Of(TensorDataType.Bytes), texts, shape.ToArray());
    }

    /// <summary>The tensor, by the type that it has.</summary>
    /// <typeparam name="T">The type of its elements.</typeparam>
    /// <exception cref="InvalidCastException">The elements are of another type.</exception>
    public Tensor<T> As<T>()
        where T : unmanaged =>
        (this as OnnxValue<T>)?.Tensor ?? throw new InvalidCastException($"'{Name}' is a tensor of {Element.Name} ({ElementType}), not of {typeof(T)}.");

    /// <summary>The elements of a tensor of texts, row-major.</summary>
    /// <exception cref="InvalidCastException">The elements are numbers.</exception>
    public IReadOnlyList<string> AsTexts() =>
        (this as OnnxText)?.Texts ?? throw new InvalidCastException($"'{Name}' is a tensor of {Element.Name} ({ElementType}), not of texts.");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Element.Name} {TensorShape.Describe(Shape)}";

    /// <summary>Shows the elements to ONNX Runtime, numbers where they lie, for as long as <paramref name="pin"/> is held.</summary>
    internal abstract OrtValue Pin(out MemoryHandle pin);
}

/// <inheritdoc/>
internal sealed class OnnxValue<T>(string name, TensorElement element, Tensor<T> tensor) : OnnxValue(name, element)
    where T : unmanaged
{
    public Tensor<T> Tensor { get; } = tensor;

    public override ReadOnlySpan<int> Shape => Tensor.Shape;

    internal override unsafe long ByteLength => (long)Tensor.Length * sizeof(T);

    internal override unsafe OrtValue Pin(out MemoryHandle pin)
    {
        pin = Tensor.Data.Pin();
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, Element.Onnx, TensorShape.ToInt64(Shape), (nint)pin.Pointer, ByteLength);
    }
}
