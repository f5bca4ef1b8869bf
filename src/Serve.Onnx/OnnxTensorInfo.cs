using Serve.Onnx.Engine;

namespace Serve.Onnx;

/// <summary>What a model says about one of its inputs or outputs.</summary>
public sealed class OnnxTensorInfo
{
    private readonly int[] _shape;

    internal OnnxTensorInfo(string name, TensorElement element, int[] shape, string[] dimensionNames)
    {
        Name = name;
        Element = element;
        _shape = shape;
        DimensionNames = dimensionNames;
    }

    /// <summary>The name in the model's graph.</summary>
    public string Name { get; }

    /// <summary>The type of an element, such as <c>typeof(float)</c>.</summary>
    public Type ElementType => Element.Type;

    /// <summary>The type of an element as the Open Inference Protocol has it.</summary>
    public TensorDataType DataType => Element.DataType;

    /// <summary>The dimensions, outermost first; -1 stands for one that each call chooses, such as the size of the batch.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The names that the model gives to those dimensions that each call chooses, such as <c>batch</c>; empty where it gives none.</summary>
    public IReadOnlyList<string> DimensionNames { get; }

    internal TensorElement Element { get; }

    /// <summary>The type and shape as error messages show them, such as <c>float [-1, 64]</c>.</summary>
    public override string ToString() => $"{Element.Name} {TensorShape.Describe(_shape)}";
}
