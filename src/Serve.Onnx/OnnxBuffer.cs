using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using Serve.Onnx.Engine;
using Serve.Tensors;

namespace Serve.Onnx;

/// <summary>A tensor of raw bytes under a name.</summary>
internal sealed class OnnxBuffer(string name, TensorBuffer tensor) : OnnxValue(name, TensorElement.Of(tensor.DataType))
{
    private readonly int[] _shape = Narrow(name, tensor.Shape);

    public override ReadOnlySpan<int> Shape => _shape;

    internal override long ByteLength => tensor.ByteLength;

    internal override unsafe OrtValue Pin(out MemoryHandle pin)
    {
        // It doesn't move; the handle only says where it lies.
        pin = new MemoryHandle((void*)tensor.Address);
        return Element.Show(tensor);
    }

    private static int[] Narrow(string name, ReadOnlySpan<long> shape)
    {
        var narrow = new int[shape.Length];
        for (var i = 0; i < narrow.Length; i++)
            narrow[i] = shape[i] <= int.MaxValue ? (int)shape[i] : throw new OnnxInputException($"'{name}' has the shape {TensorSize.Describe(shape)}; a dimension can be {int.MaxValue} at most.");
        return narrow;
    }
}

/// <summary>Texts under a name.</summary>
internal sealed class OnnxText : OnnxValue
{
    private readonly int[] _shape;

    public OnnxText(string name, TensorElement element, string[] texts, int[] shape)
        : base(name, element)
    {
        if (!TensorSize.TryCount(TensorShape.ToInt64(shape), out var count) || count != texts.Length)
            throw new ArgumentException($"'{name}' has {texts.Length} texts, which are no tensor of shape {TensorShape.Describe(shape)}.", nameof(shape));
        Texts = texts;
        _shape = shape;
    }

    public string[] Texts { get; }

    public override ReadOnlySpan<int> Shape => _shape;

    internal override long ByteLength => 0;

    internal override OrtValue Pin(out MemoryHandle pin)
    {
        pin = default;
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, TensorShape.ToInt64(_shape));
        for (var i = 0; i < Texts.Length; i++)
            value.StringTensorSetElementAt(Texts[i].AsSpan(), i);
        return value;
    }
}
