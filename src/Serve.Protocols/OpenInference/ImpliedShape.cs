using Serve.Tensors;

namespace Serve.OpenInference;

/// <summary>
/// The shape of an input whose sender doesn't say it (a raw binary request, a value in a request to generate): the last free dimension takes what is there, and free ones before it are 1.
/// </summary>
internal static class ImpliedShape
{
    /// <param name="input">The input as the model has it.</param>
    /// <param name="elements">The elements that there are.</param>
    /// <exception cref="ServeException">They make no such input, or more than one.</exception>
    public static long[] Of(TensorDescription input, int elements)
    {
        var shape = input.Shape.Select(static dimension => Math.Max(dimension, -1)).ToArray();
        var free = Array.LastIndexOf(shape, -1);
        var isAmbiguous = elements != 1 && shape.AsSpan().Count(-1) > (shape is [-1, ..] ? 2 : 1);
        if (isAmbiguous)
            throw TensorRules.Wrong($"The input '{input.Name}' has the shape {TensorSize.Describe([.. input.Shape])}, which {elements} elements don't determine; use a request to infer, which says the shape.");
        for (var i = 0; i < free; i++)
            shape[i] = Math.Abs(shape[i]);
        if (free >= 0)
            shape[free] = 1;
        if (!TensorSize.TryCount(shape, out var others) || (free >= 0 ? others == 0 || elements % others != 0 : elements != others))
            throw TensorRules.Wrong($"The input '{input.Name}' has the shape {TensorSize.Describe([.. input.Shape])}, which {elements} elements of {TensorDataTypes.NameOf(input.DataType)} don't fill.");
        if (free >= 0)
            shape[free] = elements / others;
        return shape;
    }
}
