using System.Text.Json;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>
/// Goes through the elements of a tensor in JSON, all in one list or in lists of lists as deep as the shape has dimensions: <c>[1, 2, 3, 4]</c> and <c>[[1, 2], [3, 4]]</c> are the same.
/// </summary>
internal static class ElementWalk
{
    /// <param name="reader">Stands on the beginning of the list, and at the end on the list's.</param>
    /// <param name="sink">Takes them. It has room for as many as the shape says.</param>
    /// <param name="field">Where they stand.</param>
    /// <param name="type">What they are.</param>
    /// <param name="shape">The dimensions.</param>
    /// <param name="count">The number of elements of the shape.</param>
    public static void Read<TSink>(ref Utf8JsonReader reader, ref TSink sink, ElementField field, TensorDataType type, scoped ReadOnlySpan<long> shape, int count)
        where TSink : IElementSink, allows ref struct
    {
        var first = reader;
        if (shape.Length > 1 && first.Read() && first.TokenType == JsonTokenType.StartArray)
        {
            ReadRow(ref reader, ref sink, field, type, shape, dimension: 0);
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (sink.Count == count)
                throw TensorRules.Wrong($"{field} has more elements than the {count} that its shape {TensorSize.Describe(shape)} asks for.");
            Add(ref reader, ref sink, field, type);
        }

        if (sink.Count < count)
            throw TooFew(field, sink.Count, count, shape);
    }

    public static void Add<TSink>(ref Utf8JsonReader reader, ref TSink sink, ElementField field, TensorDataType type)
        where TSink : IElementSink, allows ref struct
    {
        if (!sink.TryAdd(ref reader))
            throw TensorRules.Wrong($"{field}[{sink.Count}] is {JsonFields.Describe(ref reader)}; {TensorDataTypes.NameOf(type)} takes {ElementFormats.Describe(type)}.");
    }

    public static ServeException TooFew(ElementField field, int found, int count, ReadOnlySpan<long> shape) =>
        TensorRules.Wrong($"{field} has {found} elements; its shape {TensorSize.Describe(shape)} asks for {count}.");

    private static void ReadRow<TSink>(ref Utf8JsonReader reader, ref TSink sink, ElementField field, TensorDataType type, scoped ReadOnlySpan<long> shape, int dimension)
        where TSink : IElementSink, allows ref struct
    {
        var found = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; found++)
        {
            if (found == shape[dimension])
                throw WrongLength(field, sink.Count, $"more than {found}", shape, dimension);
            if (dimension == shape.Length - 1)
                Add(ref reader, ref sink, field, type);
            else if (reader.TokenType == JsonTokenType.StartArray)
                ReadRow(ref reader, ref sink, field, type, shape, dimension + 1);
            else
                throw TensorRules.Wrong($"{field} has {JsonFields.Describe(ref reader)} before its element {sink.Count}, where a list of shape[{dimension + 1}] begins: it must be one list, or nested as deeply everywhere as its shape {TensorSize.Describe(shape)} says.");
        }

        if (found != shape[dimension])
            throw WrongLength(field, sink.Count, $"{found}", shape, dimension);
    }

    private static ServeException WrongLength(ElementField field, int element, string found, ReadOnlySpan<long> shape, int dimension) =>
        TensorRules.Wrong($"{field} has a list of {found} at its element {element}, where shape[{dimension}] of its shape {TensorSize.Describe(shape)} is {shape[dimension]}.");
}
