using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>Reads entries of <c>map&lt;string, InferParameter&gt;</c>: <c>0A 01 'k' 12 02 08 01</c> is k = true.</summary>
internal static class ParameterFields
{
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>Adds an entry; of two with the same key the later one counts.</summary>
    /// <exception cref="ServeException">It can't be read.</exception>
    public static void Add(ref Dictionary<string, object>? parameters, ReadOnlySpan<byte> entry, string where)
    {
        var key = "";
        object? value = null;
        for (var rest = entry; Next(ref rest, where, out var field, out var payload);)
        {
            if (field.Number == 1)
            {
                field.Expect(WireType.Bytes, where);
                key = WireTexts.ReadName(payload, where);
            }
            else if (field.Number == 2)
            {
                field.Expect(WireType.Bytes, where);
                value = ReadValue(payload, where) ?? value;
            }
        }

        parameters ??= new Dictionary<string, object>(StringComparer.Ordinal);
        parameters[key] = value ?? throw TensorRules.Wrong($"{where}.{TensorRules.Shorten(key)} has no value; it needs one of bool_param, int64_param, string_param, double_param and uint64_param.");
        if (parameters.Count > TensorRules.MaxParameters)
            throw TensorRules.Wrong($"{where} has more than {TensorRules.MaxParameters} entries.");
    }

    private static object? ReadValue(ReadOnlySpan<byte> message, string where)
    {
        object? value = null;
        for (var rest = message; Next(ref rest, where, out var field, out var payload);)
        {
            if (field.Number is >= 1 and <= 5)
                field.Expect(field.Number switch { 3 => WireType.Bytes, 4 => WireType.Fixed64, _ => WireType.Varint }, where);
            value = field.Number switch
            {
                1 => field.Value != 0 ? True : False,
                2 => (long)field.Value,
                3 => WireTexts.Read(payload, where),
                4 => BitConverter.UInt64BitsToDouble(field.Value),
                5 => field.Value,
                _ => value,
            };
        }

        return value;
    }

    private static bool Next(ref ReadOnlySpan<byte> rest, string where, out WireField field, out ReadOnlySpan<byte> payload)
    {
        field = default;
        payload = default;
        if (rest.IsEmpty)
            return false;
        if (!WireField.TryRead(rest, where, out field) || field.Size > rest.Length)
            throw WireError.At(where, "a parameter is cut off");
        payload = rest.Slice(field.HeaderSize, field.PayloadSize);
        rest = rest[(int)field.Size..];
        return true;
    }
}
