namespace Serve.Tensors;

/// <summary>How large a tensor of a shape is, without ever overflowing.</summary>
internal static class TensorSize
{
    /// <summary>The most bytes of one tensor: what a span can hold. Larger ones would need more than one buffer everywhere on their way.</summary>
    public const int MaxBytes = int.MaxValue;

    /// <summary>More dimensions than any model has; a bound for what comes from outside.</summary>
    public const int MaxRank = 32;

    /// <summary>The number of elements; false if a dimension is negative, there are too many dimensions, or more elements than a tensor may have bytes.</summary>
    public static bool TryCount(ReadOnlySpan<long> shape, out int count)
    {
        // A zero makes the tensor empty wherever it stands, so it must not matter how large the dimensions before it are.
        long product = shape.Contains(0) ? 0 : 1;
        count = 0;
        if (shape.Length > MaxRank)
            return false;
        foreach (var dimension in shape)
        {
            if (dimension < 0 || (product > 0 && dimension > MaxBytes / product))
                return false;
            product *= dimension;
        }

        count = (int)product;
        return true;
    }

    /// <summary>The number of bytes of a type whose elements all have one size.</summary>
    public static bool TryBytes(TensorDataType type, ReadOnlySpan<long> shape, out int bytes)
    {
        bytes = 0;
        if (!TryCount(shape, out var count) || (long)count * TensorDataTypes.SizeOf(type) is var size && size > MaxBytes)
            return false;
        bytes = (int)size;
        return true;
    }

    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
