using System.Text;
using Google.Protobuf;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>InferTensorContents: the elements of a tensor in the list of their type.</summary>
internal static class TypedContents
{
    public static void Write(CodedOutputStream output, TensorBuffer tensor)
    {
        if (tensor.DataType == TensorDataType.Bytes)
        {
            foreach (var text in tensor.ReadTexts())
                InferMessage.Bytes(output, 8, Encoding.UTF8.GetBytes(text));
            return;
        }

        if (tensor.ElementCount > 0)
            InferMessage.Block(output, FieldOf(tensor.DataType), inner => WriteAll(inner, tensor));
    }

    public static TensorBuffer Read(string type, long[] shape, byte[] contents)
    {
        TensorDataTypes.TryParse(type, out var dataType).ShouldBeTrue($"'{type}' is no datatype");
        var elements = new List<byte[]>();
        var input = new CodedInputStream(contents);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            WireFormat.GetTagFieldNumber(tag).ShouldBe(FieldOf(dataType));
            if (dataType == TensorDataType.Bytes)
                elements.Add(input.ReadBytes().ToByteArray());
            else if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                for (var inner = new CodedInputStream(input.ReadBytes().ToByteArray()); !inner.IsAtEnd;)
                    elements.Add(ReadOne(inner, dataType));
            else
                elements.Add(ReadOne(input, dataType));
        }

        return dataType == TensorDataType.Bytes
            ? TensorBuffer.CopyTexts([.. elements.Select(Encoding.UTF8.GetString)], shape)
            : RawTensor.Of(type, shape, [.. elements.SelectMany(element => element)]);
    }

    private static int FieldOf(TensorDataType type) => type switch
    {
        TensorDataType.Bool => 1,
        TensorDataType.Int8 or TensorDataType.Int16 or TensorDataType.Int32 => 2,
        TensorDataType.Int64 => 3,
        TensorDataType.UInt8 or TensorDataType.UInt16 or TensorDataType.UInt32 => 4,
        TensorDataType.UInt64 => 5,
        TensorDataType.Float32 => 6,
        TensorDataType.Float64 => 7,
        TensorDataType.Bytes => 8,
        _ => throw new ServedException($"{type} has no typed contents"),
    };

    private static void WriteAll(CodedOutputStream output, TensorBuffer tensor)
    {
        switch (tensor.DataType)
        {
            case TensorDataType.Bool:
                Each<byte>(value => output.WriteBool(value != 0));
                break;
            case TensorDataType.Int8:
                Each<sbyte>(value => output.WriteInt32(value));
                break;
            case TensorDataType.Int16:
                Each<short>(value => output.WriteInt32(value));
                break;
            case TensorDataType.Int32:
                Each<int>(output.WriteInt32);
                break;
            case TensorDataType.Int64:
                Each<long>(output.WriteInt64);
                break;
            case TensorDataType.UInt8:
                Each<byte>(value => output.WriteUInt32(value));
                break;
            case TensorDataType.UInt16:
                Each<ushort>(value => output.WriteUInt32(value));
                break;
            case TensorDataType.UInt32:
                Each<uint>(output.WriteUInt32);
                break;
            case TensorDataType.UInt64:
                Each<ulong>(output.WriteUInt64);
                break;
            case TensorDataType.Float32:
                Each<float>(output.WriteFloat);
                break;
            default:
                Each<double>(output.WriteDouble);
                break;
        }

        void Each<T>(Action<T> write)
            where T : unmanaged => Array.ForEach(tensor.AsSpan<T>().ToArray(), write);
    }

    private static byte[] ReadOne(CodedInputStream input, TensorDataType type) => type switch
    {
        TensorDataType.Bool => [input.ReadBool() ? (byte)1 : (byte)0],
        TensorDataType.Int8 => [(byte)checked((sbyte)input.ReadInt32())],
        TensorDataType.Int16 => BitConverter.GetBytes(checked((short)input.ReadInt32())),
        TensorDataType.Int32 => BitConverter.GetBytes(input.ReadInt32()),
        TensorDataType.Int64 => BitConverter.GetBytes(input.ReadInt64()),
        TensorDataType.UInt8 => [checked((byte)input.ReadUInt32())],
        TensorDataType.UInt16 => BitConverter.GetBytes(checked((ushort)input.ReadUInt32())),
        TensorDataType.UInt32 => BitConverter.GetBytes(input.ReadUInt32()),
        TensorDataType.UInt64 => BitConverter.GetBytes(input.ReadUInt64()),
        TensorDataType.Float32 => BitConverter.GetBytes(input.ReadFloat()),
        _ => BitConverter.GetBytes(input.ReadDouble()),
    };
}
