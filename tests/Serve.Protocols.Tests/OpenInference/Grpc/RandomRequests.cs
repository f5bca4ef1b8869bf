using System.Text;
using Google.Protobuf;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Requests of any form that are right, the same ones for the same seed.</summary>
internal static class RandomRequests
{
    public static ModelInferRequest Make(Random random)
    {
        var request = new ModelInferRequest { ModelName = Text(random, 1), ModelVersion = random.Next(2) == 0 ? "" : "3", Id = Text(random, 0) };
        AddParameters(random, request.Parameters);
        var raw = random.Next(2) == 0;
        for (var i = random.Next(5); i > 0; i--)
            AddInput(random, request, raw, $"in{i}-{Text(random, 0)}");
        for (var i = random.Next(3); i > 0; i--)
        {
            var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = $"out{i}" };
            AddParameters(random, output.Parameters);
            request.Outputs.Add(output);
        }

        return request;
    }

    /// <summary>Mostly few elements, sometimes more than any buffer on the way has.</summary>
    public static long[] Shape(Random random)
    {
        var shape = new long[random.Next(4)];
        var most = random.Next(8) == 0 ? 40 : 5;
        for (var i = 0; i < shape.Length; i++)
            shape[i] = random.Next(random.Next(10) == 0 ? 0 : 1, most);
        return shape;
    }

    public static string Text(Random random, int least)
    {
        var text = new StringBuilder();
        for (var i = random.Next(least, random.Next(10) == 0 ? 200 : 12); i > 0; i--)
            text.Append((char)(random.Next(5) == 0 ? random.Next(0x80, 0xD800) : random.Next(32, 127)));
        return text.ToString();
    }

    public static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    public static object ParameterValue(Random random) => random.Next(5) switch
    {
        0 => random.Next(2) == 0,
        1 => random.NextInt64(long.MinValue, long.MaxValue),
        2 => Text(random, 0),
        3 => random.NextDouble() * 1e9,
        _ => (ulong)random.NextInt64(),
    };

    private static void AddInput(Random random, ModelInferRequest request, bool raw, string name)
    {
        var type = (TensorDataType)random.Next(TensorDataTypes.AllNames.Count);
        while (!raw && type is TensorDataType.Float16 or TensorDataType.BFloat16)
            type = (TensorDataType)random.Next(TensorDataTypes.AllNames.Count);
        var input = new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = TensorDataTypes.NameOf(type) };
        var shape = Shape(random);
        input.Shape.AddRange(shape);
        AddParameters(random, input.Parameters);
        var count = (int)shape.Aggregate(1L, (product, dimension) => product * dimension);
        if (raw)
            request.RawInputContents.Add(ByteString.CopyFrom(RawElements(random, type, count)));
        else if (count > 0 || random.Next(2) == 0)
            input.Contents = Contents(random, type, count);
        request.Inputs.Add(input);
    }

    private static byte[] RawElements(Random random, TensorDataType type, int count) => type == TensorDataType.Bytes
        ? [.. Enumerable.Range(0, count).SelectMany(_ => RequestText.Prefixed(Bytes(random, random.Next(random.Next(50) == 0 ? 40000 : 9))))]
        : Bytes(random, count * TensorDataTypes.SizeOf(type));

    private static InferTensorContents Contents(Random random, TensorDataType type, int count)
    {
        var contents = new InferTensorContents();
        for (var i = 0; i < count; i++)
        {
            // Of all sizes, so that numbers have all lengths.
            var bits = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            switch (type)
            {
                case TensorDataType.Bool: contents.BoolContents.Add((bits & 1) != 0); break;
                case TensorDataType.Int8: contents.IntContents.Add((sbyte)bits); break;
                case TensorDataType.Int16: contents.IntContents.Add((short)bits); break;
                case TensorDataType.Int32: contents.IntContents.Add((int)bits); break;
                case TensorDataType.Int64: contents.Int64Contents.Add(bits); break;
                case TensorDataType.UInt8: contents.UintContents.Add((byte)bits); break;
                case TensorDataType.UInt16: contents.UintContents.Add((ushort)bits); break;
                case TensorDataType.UInt32: contents.UintContents.Add((uint)bits); break;
                case TensorDataType.UInt64: contents.Uint64Contents.Add((ulong)bits); break;
                case TensorDataType.Float32: contents.Fp32Contents.Add(BitConverter.Int32BitsToSingle((int)bits & ~0x400000)); break;
                case TensorDataType.Float64: contents.Fp64Contents.Add(BitConverter.Int64BitsToDouble(bits)); break;
                default: contents.BytesContents.Add(ByteString.CopyFrom(Bytes(random, random.Next(random.Next(50) == 0 ? 40000 : 9)))); break;
            }
        }

        return contents;
    }

    private static void AddParameters(Random random, IDictionary<string, InferParameter> parameters)
    {
        for (var i = random.Next(8) - 4; i > 0; i--)
        {
            parameters[Text(random, 0)] = ParameterValue(random) switch
            {
                bool value => new InferParameter { BoolParam = value },
                long value => new InferParameter { Int64Param = value },
                string value => new InferParameter { StringParam = value },
                double value => new InferParameter { DoubleParam = value },
                var value => new InferParameter { Uint64Param = (ulong)value },
            };
        }
    }
}
