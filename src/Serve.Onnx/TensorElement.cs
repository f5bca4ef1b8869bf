using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serve.Onnx;

/// <summary>A type of element that both .NET and ONNX know.</summary>
internal abstract class TensorElement(TensorElementType onnx, string name, Type type)
{
    private static readonly TensorElement[] All =
    [
        new TensorElement<float>(TensorElementType.Float, "float"),
        new TensorElement<double>(TensorElementType.Double, "double"),
        new TensorElement<Half>(TensorElementType.Float16, "float16"),
        new TensorElement<BFloat16>(TensorElementType.BFloat16, "bfloat16"),
        new TensorElement<sbyte>(TensorElementType.Int8, "int8"),
        new TensorElement<short>(TensorElementType.Int16, "int16"),
        new TensorElement<int>(TensorElementType.Int32, "int32"),
        new TensorElement<long>(TensorElementType.Int64, "int64"),
        new TensorElement<byte>(TensorElementType.UInt8, "uint8"),
        new TensorElement<ushort>(TensorElementType.UInt16, "uint16"),
        new TensorElement<uint>(TensorElementType.UInt32, "uint32"),
        new TensorElement<ulong>(TensorElementType.UInt64, "uint64"),
        new TensorElement<bool>(TensorElementType.Bool, "bool"),
    ];

    public TensorElementType Onnx { get; } = onnx;

    /// <summary>As ONNX names it.</summary>
    public string Name { get; } = name;

    public Type Type { get; } = type;

    public static TensorElement? Find(TensorElementType onnx) => Array.Find(All, element => element.Onnx == onnx);

    public static TensorElement? Find(Type type) => Array.Find(All, element => element.Type == type);

    /// <summary>Copies a result out of ONNX Runtime's memory.</summary>
    public abstract OnnxValue Read(string name, OrtValue value);
}

/// <inheritdoc/>
internal sealed class TensorElement<T>(TensorElementType onnx, string name) : TensorElement(onnx, name, typeof(T))
    where T : unmanaged
{
    public override OnnxValue Read(string name, OrtValue value)
    {
        var wide = value.GetTensorTypeAndShape().Shape;
        var shape = Array.ConvertAll(wide, dimension => checked((int)dimension));
        var data = MemoryMarshal.Cast<byte, T>(value.GetTensorMutableRawData()).ToArray();
        return new OnnxValue<T>(name, this, new Tensor<T>(data, shape));
    }
}
