using System.Text;

namespace Serve.Onnx.Tests.NodeModels;

/// <summary>Reads a TensorProto (onnx.proto3) from a file: the dimensions (1), the type (2), and the elements as raw bytes (9) or as numbers of a wider type (4, 5, 7, 10, 11) or strings (6).</summary>
internal static class TensorFile
{
    private static readonly Dictionary<long, TensorDataType> Types = new()
    {
        [1] = TensorDataType.Float32, [2] = TensorDataType.UInt8, [3] = TensorDataType.Int8, [4] = TensorDataType.UInt16, [5] = TensorDataType.Int16, [6] = TensorDataType.Int32,
        [7] = TensorDataType.Int64, [8] = TensorDataType.Bytes, [9] = TensorDataType.Bool, [10] = TensorDataType.Float16, [11] = TensorDataType.Float64, [12] = TensorDataType.UInt32,
        [13] = TensorDataType.UInt64, [16] = TensorDataType.BFloat16,
    };

    /// <param name="path">The file.</param>
    /// <param name="declared">What the model says of the elements: the files of ONNX 1.12 hold bfloat16 as uint16.</param>
    public static TensorBuffer Read(string path, TensorDataType declared)
    {
        var rest = File.ReadAllBytes(path).AsSpan();
        var dims = new List<long>();
        var type = 0L;
        byte[]? raw = null;
        var numbers = new List<byte[]>();
        var strings = new List<string>();
        while (!rest.IsEmpty)
        {
            var tag = Varint(ref rest);
            switch (tag >> 3, tag & 7)
            {
                case (1, 0):
                    dims.Add((long)Varint(ref rest));
                    break;
                case (1, 2):
                    for (var inner = Block(ref rest); !inner.IsEmpty;)
                        dims.Add((long)Varint(ref inner));
                    break;
                case (2, 0):
                    type = (long)Varint(ref rest);
                    break;
                case (6, 2):
                    strings.Add(Encoding.UTF8.GetString(Block(ref rest)));
                    break;
                case (9, 2):
                    raw = Block(ref rest).ToArray();
                    break;
                case (4 or 10, 2):
                    numbers.Add(Block(ref rest).ToArray());
                    break;
                case (4, 5):
                    numbers.Add(rest[..4].ToArray());
                    rest = rest[4..];
                    break;
                case (5 or 7 or 11, 2):
                    for (var inner = Block(ref rest); !inner.IsEmpty;)
                        numbers.Add(BitConverter.GetBytes(Varint(ref inner)));
                    break;
                case (5 or 7 or 11, 0):
                    numbers.Add(BitConverter.GetBytes(Varint(ref rest)));
                    break;
                case (_, 2):
                    Block(ref rest);
                    break;
                default:
                    throw new InvalidDataException($"{path} has the tag {tag}.");
            }
        }

        var dataType = Types[type] == TensorDataType.UInt16 && declared == TensorDataType.BFloat16 ? declared : Types[type];
        return dataType == TensorDataType.Bytes ? TensorBuffer.CopyTexts([.. strings], [.. dims]) : Numbers(dataType, [.. dims], raw, numbers);
    }

    private static TensorBuffer Numbers(TensorDataType type, long[] dims, byte[]? raw, List<byte[]> numbers)
    {
        var buffer = TensorBuffer.Rent(type, dims);
        var size = TensorDataTypes.SizeOf(type);
        var isWhole = numbers.Count > 0 && type is not (TensorDataType.Float32 or TensorDataType.Float64);
        var bytes = raw ?? [.. numbers.SelectMany(number => isWhole ? number[..size] : number)];
        bytes.CopyTo(buffer.Bytes);
        return buffer;
    }

    private static ulong Varint(ref Span<byte> rest)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = rest[0];
            rest = rest[1..];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
                return value;
        }
    }

    private static Span<byte> Block(ref Span<byte> rest)
    {
        var length = (int)Varint(ref rest);
        var block = rest[..length];
        rest = rest[length..];
        return block;
    }
}
