using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Serve.Onnx.Engine;

/// <summary>A type of element that .NET, ONNX and the Open Inference Protocol know.</summary>
internal abstract class TensorElement(TensorElementType onnx, string name, Type type, TensorDataType dataType)
{
    private static readonly TensorElement[] All =
    [
        new TensorElement<float>(TensorElementType.Float, "float", TensorDataType.Float32),
        new TensorElement<double>(TensorElementType.Double, "double", TensorDataType.Float64),
        new TensorElement<Half>(TensorElementType.Float16, "float16", TensorDataType.Float16),
        new TensorElement<BFloat16>(TensorElementType.BFloat16, "bfloat16", TensorDataType.BFloat16),
        new TensorElement<sbyte>(TensorElementType.Int8, "int8", TensorDataType.Int8),
        new TensorElement<short>(TensorElementType.Int16, "int16", TensorDataType.Int16),
        new TensorElement<int>(TensorElementType.Int32, "int32", TensorDataType.Int32),
        new TensorElement<long>(TensorElementType.Int64, "int64", TensorDataType.Int64),
        new TensorElement<byte>(TensorElementType.UInt8, "uint8", TensorDataType.UInt8),
        new TensorElement<ushort>(TensorElementType.UInt16, "uint16", TensorDataType.UInt16),
        new TensorElement<uint>(TensorElementType.UInt32, "uint32", TensorDataType.UInt32),
        new TensorElement<ulong>(TensorElementType.UInt64, "uint64", TensorDataType.UInt64),
        new TensorElement<bool>(TensorElementType.Bool, "bool", TensorDataType.Bool),
        new TextElement(),
    ];

    public TensorElementType Onnx { get; } = onnx;

    /// <summary>As ONNX names it.</summary>
    public string Name { get; } = name;

    public Type Type { get; } = type;

    public TensorDataType DataType { get; } = dataType;

    public static TensorElement? Find(TensorElementType onnx) => Array.Find(All, element => element.Onnx == onnx);

    public static TensorElement? Find(Type type) => Array.Find(All, element => element.Type == type);

    public static TensorElement Of(TensorDataType dataType) => Array.Find(All, element => element.DataType == dataType)!;

    /// <summary>Copies a result out of ONNX Runtime's memory.</summary>
    public abstract OnnxValue Read(string name, OrtValue value);

    /// <summary>Shows a buffer to ONNX Runtime: numbers where they lie, texts as a copy.</summary>
    public virtual OrtValue Show(TensorBuffer buffer) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, Onnx, buffer.Shape.ToArray(), buffer.Address, buffer.ByteLength);

    /// <summary>Makes a result a buffer, which owns it from now on: numbers stay where they lie, unless that is an input's memory; texts are copied.</summary>
    public virtual TensorBuffer Lend(string name, OrtValue value, RunInputs inputs) => LentOutput.Of(name, this, value, inputs);

    protected static int[] ShapeOf(OrtValue value) => Array.ConvertAll(value.GetTensorTypeAndShape().Shape, dimension => checked((int)dimension));
}

/// <inheritdoc/>
internal sealed class TensorElement<T>(TensorElementType onnx, string name, TensorDataType dataType) : TensorElement(onnx, name, typeof(T), dataType)
    where T : unmanaged
{
    public override OnnxValue Read(string name, OrtValue value)
    {
        var data = MemoryMarshal.Cast<byte, T>(value.GetTensorMutableRawData()).ToArray();
        return new OnnxValue<T>(name, this, new Tensor<T>(data, ShapeOf(value)));
    }
}
