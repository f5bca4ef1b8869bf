using System.Text;
using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc.Writing;

/// <summary>Writes entries of <c>map&lt;string, InferParameter&gt;</c>.</summary>
internal static class ParameterWriter
{
    private const int Field = 4;

    public static int SizeOf(IReadOnlyDictionary<string, object> parameters)
    {
        var size = 0;
        if (parameters.Count > 0)
        {
            foreach (var (key, value) in parameters)
                size += WireWriter.SizeOfBytes(SizeOfEntry(key, value));
        }

        return size;
    }

    public static void Write(ref WireWriter writer, IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return;
        foreach (var (key, value) in parameters)
        {
            writer.Bytes(Field, SizeOfEntry(key, value));
            writer.Text(1, key);
            writer.Bytes(2, SizeOfValue(key, value));
            WriteValue(ref writer, value);
        }
    }

    private static int SizeOfEntry(string key, object value) => WireWriter.SizeOfText(key) + WireWriter.SizeOfBytes(SizeOfValue(key, value));

    private static int SizeOfValue(string key, object value) => value switch
    {
        bool => 2,
        long number => 1 + Varint.SizeOf((ulong)number),
        string text => WireWriter.SizeOfBytes(Encoding.UTF8.GetByteCount(text)),
        double => 1 + sizeof(double),
        ulong number => 1 + Varint.SizeOf(number),
        _ => throw new InvalidOperationException($"The parameter '{key}' of a response is a {value.GetType()}; it must be a string, bool, long, ulong or double."),
    };

    /// <summary>Which of the choices it is has to be told, so that nothing is left out.</summary>
    private static void WriteValue(ref WireWriter writer, object value)
    {
        switch (value)
        {
            case bool flag:
                writer.Tag(1, WireType.Varint);
                writer.Number(flag ? 1UL : 0);
                break;
            case long number:
                writer.Tag(2, WireType.Varint);
                writer.Number((ulong)number);
                break;
            case string { Length: 0 }:
                writer.Bytes(3, 0);
                break;
            case string text:
                writer.Text(3, text);
                break;
            case double number:
                writer.Tag(4, WireType.Fixed64);
                writer.Fixed64(BitConverter.DoubleToUInt64Bits(number));
                break;
            default:
                writer.Tag(5, WireType.Varint);
                writer.Number((ulong)value);
                break;
        }
    }
}
