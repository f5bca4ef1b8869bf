namespace Serve;

/// <summary>
/// A dense block of numbers in row-major order with its shape. In a call between deployments its elements travel as raw bytes
/// beside the JSON of the other arguments.
/// </summary>
/// <typeparam name="T">The type of an element: any unmanaged number.</typeparam>
public sealed class Tensor<T>
    where T : unmanaged
{
    private readonly int[] _shape;

    /// <summary>Wraps existing memory; nothing is copied.</summary>
    /// <param name="data">The elements, as many as the product of the dimensions.</param>
    /// <param name="shape">The dimensions, outermost first. No dimension means one scalar element.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or the product of the dimensions is not the number of elements.</exception>
    public Tensor(Memory<T> data, params ReadOnlySpan<int> shape)
    {
        var count = CountElements(shape);
        if (count != data.Length)
            throw new ArgumentException($"A tensor of shape [{Join(shape)}] has {count} elements, but {data.Length} were given.", nameof(data));
        Data = data;
        _shape = shape.ToArray();
    }

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <exception cref="ArgumentException">A dimension is negative, or there would be more than 2³¹−1 elements.</exception>
    public Tensor(params ReadOnlySpan<int> shape)
        : this(new T[CountElements(shape)], shape)
    {
    }

    /// <summary>The elements in row-major order.</summary>
    public Memory<T> Data { get; }

    /// <summary>The elements in row-major order.</summary>
    public Span<T> Span => Data.Span;

    /// <summary>The dimensions, outermost first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of dimensions.</summary>
    public int Rank => _shape.Length;

    /// <summary>The number of elements.</summary>
    public int Length => Data.Length;

    /// <summary>The same elements under another shape; nothing is copied.</summary>
    /// <param name="shape">The new dimensions, with the same product.</param>
    /// <exception cref="ArgumentException">The product of the dimensions differs.</exception>
    public Tensor<T> Reshape(params ReadOnlySpan<int> shape) => new(Data, shape);

    /// <inheritdoc/>
    public override string ToString() => $"Tensor<{typeof(T).Name}>[{Join(_shape)}]";

    private static int CountElements(ReadOnlySpan<int> shape)
    {
        // A zero makes the tensor empty wherever it stands, so it must not matter how large the dimensions before it are.
        long count = shape.Contains(0) ? 0 : 1;
        foreach (var dimension in shape)
        {
            if (dimension < 0)
                throw new ArgumentException($"A dimension of shape [{Join(shape)}] is negative.", nameof(shape));
            count *= dimension;
            if (count > Array.MaxLength)
                throw new ArgumentException($"Shape [{Join(shape)}] has more than {Array.MaxLength} elements.", nameof(shape));
        }

        return (int)count;
    }

    private static string Join(ReadOnlySpan<int> shape) => string.Join(", ", shape.ToArray());
}
