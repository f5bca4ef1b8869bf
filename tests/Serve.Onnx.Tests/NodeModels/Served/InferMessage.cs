using Google.Protobuf;

namespace Serve.Onnx.Tests.NodeModels.Served;

/// <summary>ModelInferRequest and ModelInferResponse by the numbers of their fields, which the protocol's text has: what generated code does, without the server's own description of them.</summary>
internal static class InferMessage
{
    public static byte[] Write(string model, IReadOnlyList<NamedTensor> inputs, bool isRaw)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            Text(output, 1, model);
            foreach (var (name, tensor) in inputs)
                Block(output, 5, inner => WriteInput(inner, name, tensor, isRaw));
            foreach (var (_, tensor) in isRaw ? inputs : [])
                Bytes(output, 7, tensor.Bytes.ToArray());
        }

        return stream.ToArray();
    }

    public static IReadOnlyList<NamedTensor> Read(byte[] message)
    {
        var outputs = new List<(string Name, string Type, long[] Shape, byte[]? Contents)>();
        var raw = new List<byte[]>();
        var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 5:
                    outputs.Add(ReadOutput(input.ReadBytes().ToByteArray()));
                    break;
                case 6:
                    raw.Add(input.ReadBytes().ToByteArray());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return [.. outputs.Select((output, i) => new NamedTensor(
            output.Name, raw.Count > 0 ? RawTensor.Of(output.Type, output.Shape, raw[i]) : TypedContents.Read(output.Type, output.Shape, output.Contents ?? [])))];
    }

    private static void WriteInput(CodedOutputStream output, string name, TensorBuffer tensor, bool isRaw)
    {
        Text(output, 1, name);
        Text(output, 2, TensorDataTypes.NameOf(tensor.DataType));
        var shape = tensor.Shape.ToArray();
        if (shape.Length > 0)
            Block(output, 3, inner => Array.ForEach(shape, inner.WriteInt64));
        if (!isRaw)
            Block(output, 5, inner => TypedContents.Write(inner, tensor));
    }

    private static (string Name, string Type, long[] Shape, byte[]? Contents) ReadOutput(byte[] message)
    {
        var (name, type, shape, contents) = ("", "", new List<long>(), (byte[]?)null);
        var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    name = input.ReadString();
                    break;
                case 2:
                    type = input.ReadString();
                    break;
                case 3 when WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint:
                    shape.Add(input.ReadInt64());
                    break;
                case 3:
                    for (var inner = new CodedInputStream(input.ReadBytes().ToByteArray()); !inner.IsAtEnd;)
                        shape.Add(inner.ReadInt64());
                    break;
                case 5:
                    contents = input.ReadBytes().ToByteArray();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (name, type, [.. shape], contents);
    }

    internal static void Block(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var inner = new CodedOutputStream(stream, leaveOpen: true))
            write(inner);
        Bytes(output, field, stream.ToArray());
    }

    internal static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }
}
