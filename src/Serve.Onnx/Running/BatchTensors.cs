using Serve.Tensors;

namespace Serve.Onnx.Running;

/// <summary>Puts tensors together along the batch dimension, and takes them apart.</summary>
internal static class BatchTensors
{
    /// <summary>All rows of all tensors, in their order. A tensor alone is not copied.</summary>
    /// <exception cref="OnnxModelException">Together they are too large for one tensor.</exception>
    public static TensorBuffer Join(IReadOnlyList<TensorBuffer> parts)
    {
        if (parts.Count == 1)
            return parts[0].Share();
        var first = parts[0];
        var shape = first.Shape.ToArray();
        shape[0] = parts.Sum(part => part.Shape[0]);
        var length = parts.Sum(part => (long)part.ByteLength);
        if (length > TensorSize.MaxBytes)
            throw new OnnxModelException($"The tensors of a batch have {length} bytes together; a tensor can have {TensorSize.MaxBytes}.");
        var whole = first.DataType == TensorDataType.Bytes ? TensorBuffer.RentBytes((int)length, shape) : TensorBuffer.Rent(first.DataType, shape);
        try
        {
            var rest = whole.Bytes;
            foreach (var part in parts)
            {
                part.Bytes.CopyTo(rest);
                rest = rest[part.ByteLength..];
            }

            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <summary>The rows of one caller of each tensor that it wants, in the same memory.</summary>
    public static OnnxTensors Split(OnnxTensors whole, IReadOnlyList<string> names, long first, long rows)
    {
        var parts = new KeyValuePair<string, TensorBuffer>[names.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new(names[i], whole[names[i]].Rows(first, rows));
        return new OnnxTensors(parts);
    }

    /// <summary>Puts what parts of one call gave together again.</summary>
    /// <param name="parts">What the parts gave.</param>
    /// <param name="rows">How many rows each part had, but the last, which has what was left.</param>
    /// <param name="lastRows">How many rows the last part had.</param>
    /// <param name="names">The outputs that are wanted.</param>
    /// <exception cref="OnnxModelException">They can't be put together: an output has no rows, or other dimensions in one part than in another.</exception>
    public static OnnxTensors Join(OnnxTensors[] parts, long rows, long lastRows, IReadOnlyList<string> names)
    {
        var joined = new KeyValuePair<string, TensorBuffer>[names.Count];
        var done = 0;
        try
        {
            for (; done < joined.Length; done++)
            {
                var name = names[done];
                var tensors = Array.ConvertAll(parts, part => part[name]);
                for (var i = 0; i < tensors.Length; i++)
                    CheckPart(name, tensors[i], tensors[0], i == tensors.Length - 1 ? lastRows : rows, rows);
                joined[done] = new(name, Join(tensors));
            }

            return new OnnxTensors(joined);
        }
        catch
        {
            foreach (var (_, tensor) in joined.AsSpan(0, done))
                tensor.Dispose();
            throw;
        }
    }

    /// <summary>The dimensions of an output may depend on the data, and those of two parts differ.</summary>
    private static void CheckPart(string name, TensorBuffer part, TensorBuffer first, long given, long most)
    {
        if (part.Shape.IsEmpty || part.Shape[0] != given)
            throw new OnnxModelException($"The call was run in parts, and one of {given} rows gave '{name}' as {part}, which can't be put together with the others; send {most} rows at once, the model's 'max_batch_size', no more.");
        if (!part.Shape[1..].SequenceEqual(first.Shape[1..]))
            throw new OnnxModelException($"The call was run in parts, of which one gave '{name}' as {first} and another as {part}, which can't be put together; send {most} rows at once, the model's 'max_batch_size', no more.");
    }
}
