using System.Text.Json;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>Writes the elements of a tensor as JSON, some at a time, so that a large one is sent while it is written.</summary>
internal ref struct JsonElements(Utf8JsonWriter json, TensorBuffer tensor, JsonElements.Place from)
{
    /// <summary>A longer text is written in pieces: the writer wants room for the longest form of a piece at once.</summary>
    private const int TextPiece = 16 * 1024;

    /// <summary>What is written between two looks at how much there is to send.</summary>
    private const int StepElements = 1024;

    private Place _place = from;

    /// <summary>Where to go on.</summary>
    /// <param name="Element">The next element.</param>
    /// <param name="Offset">Where it begins, in bytes; of texts only.</param>
    public readonly record struct Place(int Element, int Offset);

    /// <summary>Says why a tensor can't be JSON.</summary>
    public static void Check(string output, TensorBuffer tensor)
    {
        if (tensor.DataType is TensorDataType.Float16 or TensorDataType.BFloat16)
            throw TensorRules.Wrong($"The output '{output}' is {TensorDataTypes.NameOf(tensor.DataType)}, which has no form in JSON; ask for it with parameters.binary_data.");
        if (tensor.DataType != TensorDataType.Bytes)
            return;
        for (var elements = new BytesElements(tensor.Bytes); elements.MoveNext();)
        {
            if (!System.Text.Unicode.Utf8.IsValid(elements.Current))
                throw TensorRules.Wrong($"The output '{output}' has bytes that are no text in UTF-8, which JSON can't carry; ask for it with parameters.binary_data.");
        }
    }

    /// <summary>Writes some elements.</summary>
    /// <returns>Where to go on; at the end, behind the last element.</returns>
    public Place WriteSome()
    {
        switch (tensor.DataType)
        {
            case TensorDataType.Bool:
                foreach (var value in Take<byte>())
                    json.WriteBooleanValue(value != 0);
                break;
            case TensorDataType.UInt8:
                foreach (var value in Take<byte>())
                    json.WriteNumberValue((uint)value);
                break;
            case TensorDataType.UInt16:
                foreach (var value in Take<ushort>())
                    json.WriteNumberValue((uint)value);
                break;
            case TensorDataType.UInt32:
                foreach (var value in Take<uint>())
                    json.WriteNumberValue(value);
                break;
            case TensorDataType.UInt64:
                foreach (var value in Take<ulong>())
                    json.WriteNumberValue(value);
                break;
            case TensorDataType.Int8:
                foreach (var value in Take<sbyte>())
                    json.WriteNumberValue((int)value);
                break;
            case TensorDataType.Int16:
                foreach (var value in Take<short>())
                    json.WriteNumberValue((int)value);
                break;
            case TensorDataType.Int32:
                foreach (var value in Take<int>())
                    json.WriteNumberValue(value);
                break;
            case TensorDataType.Int64:
                foreach (var value in Take<long>())
                    json.WriteNumberValue(value);
                break;
            case TensorDataType.Float32:
                foreach (var value in Take<float>())
                    Write(value);
                break;
            case TensorDataType.Float64:
                foreach (var value in Take<double>())
                    Write(value);
                break;
            default:
                WriteTexts();
                break;
        }

        return _place;
    }

    private Span<T> Take<T>()
        where T : unmanaged
    {
        var part = tensor.AsSpan<T>()[_place.Element..];
        part = part[..Math.Min(part.Length, StepElements)];
        _place = new Place(_place.Element + part.Length, 0);
        return part;
    }

    private readonly void Write(float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(NameOf(value));
    }

    private readonly void Write(double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(NameOf(value));
    }

    private static ReadOnlySpan<byte> NameOf(double value) => double.IsNaN(value) ? ElementFormats.NaN : value > 0 ? ElementFormats.Infinity : ElementFormats.NegativeInfinity;

    private void WriteTexts()
    {
        var rest = tensor.Bytes[_place.Offset..];
        var elements = new BytesElements(rest);
        var (count, size) = (0, 0);
        while (count < StepElements && size < TextPiece && elements.MoveNext())
        {
            WriteText(elements.Current);
            size += BytesElements.LengthSize + elements.Current.Length;
            count++;
        }

        _place = new Place(_place.Element + count, _place.Offset + size);
    }

    private readonly void WriteText(ReadOnlySpan<byte> text)
    {
        while (text.Length > TextPiece)
        {
            json.WriteStringValueSegment(text[..TextPiece], isFinalSegment: false);
            text = text[TextPiece..];
        }

        json.WriteStringValueSegment(text, isFinalSegment: true);
    }
}
