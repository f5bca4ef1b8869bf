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
        var rest = whole.Bytes;
        foreach (var part in parts)
        {
            part.Bytes.CopyTo(rest);
            rest = rest[part.ByteLength..];
        }

        return whole;
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
    public static OnnxTensors Join(IReadOnlyList<OnnxTensors> parts, IReadOnlyList<string> names) =>
        new([.. names.Select(name => new KeyValuePair<string, TensorBuffer>(name, Join([.. parts.Select(part => part[name])])))]);
}
