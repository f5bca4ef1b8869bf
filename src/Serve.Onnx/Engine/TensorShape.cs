namespace Serve.Onnx.Engine;

internal static class TensorShape
{
    public static string Describe(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Whether a tensor fits a declared shape, in which -1 takes any size.</summary>
    public static bool Fits(ReadOnlySpan<int> actual, ReadOnlySpan<int> declared)
    {
        if (actual.Length != declared.Length)
            return false;
        for (var i = 0; i < actual.Length; i++)
        {
            if (declared[i] >= 0 && declared[i] != actual[i])
                return false;
        }

        return true;
    }

    public static long[] ToInt64(ReadOnlySpan<int> shape)
    {
        var wide = new long[shape.Length];
        for (var i = 0; i < shape.Length; i++)
            wide[i] = shape[i];
        return wide;
    }
}
