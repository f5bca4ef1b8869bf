namespace Serve.Onnx.Tests.NodeModels;

/// <summary>What comes with ONNX's models of single operators, and when an output is as it should be.</summary>
internal static class NodeTensors
{
    private const double Relative = 1e-3;
    private const double Absolute = 1e-5;
    private const double RelativeOfHalf = 1e-2;

    /// <summary>What comes out of these depends on chance or on the machine.</summary>
    private static readonly (string Name, string Reason)[] Unsteady =
    [
        ("test_bernoulli", "gives random numbers"),
        ("test_training_dropout", "gives random numbers"),
        ("test_strnormalizer_export_monday", "needs the locale en_US.UTF-8 on the machine"),
    ];

    /// <summary>The folders of all models, by name.</summary>
    public static string[] Models() => [.. Directory.GetDirectories(NodeModelsFactAttribute.Folder).Order(StringComparer.Ordinal)];

    /// <summary>Why a model's outputs say nothing, or null.</summary>
    public static string? WhyUnsteady(string name) => Array.Find(Unsteady, unsteady => name.StartsWith(unsteady.Name, StringComparison.Ordinal)).Reason;

    /// <summary>In which way an output is another than the one that was wanted, or null.</summary>
    public static string? Difference(TensorBuffer wanted, TensorBuffer actual)
    {
        if (wanted.ToString() != actual.ToString())
            return $"is {actual}, not {wanted}";
        if (wanted.DataType == TensorDataType.Bytes)
            return wanted.ReadTexts().SequenceEqual(actual.ReadTexts()) ? null : "has other texts";
        for (var i = 0; i < wanted.ElementCount; i++)
        {
            var (left, right) = (NumberOf(wanted, i), NumberOf(actual, i));
            var relative = wanted.DataType is TensorDataType.Float16 or TensorDataType.BFloat16 ? RelativeOfHalf : Relative;
            var isSame = left.Equals(right) || (double.IsNaN(left) && double.IsNaN(right)) || Math.Abs(left - right) <= Absolute + (relative * Math.Abs(left));
            if (!isSame)
                return "has other numbers";
        }

        return null;
    }

    private static double NumberOf(TensorBuffer tensor, int index) => tensor.DataType switch
    {
        TensorDataType.Float32 => tensor.AsSpan<float>()[index],
        TensorDataType.Float64 => tensor.AsSpan<double>()[index],
        TensorDataType.Float16 => (double)tensor.AsSpan<Half>()[index],
        TensorDataType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)tensor.AsSpan<ushort>()[index] << 16),
        TensorDataType.Int64 => tensor.AsSpan<long>()[index],
        TensorDataType.UInt64 => tensor.AsSpan<ulong>()[index],
        TensorDataType.Int32 => tensor.AsSpan<int>()[index],
        TensorDataType.UInt32 => tensor.AsSpan<uint>()[index],
        TensorDataType.Int16 => tensor.AsSpan<short>()[index],
        TensorDataType.UInt16 => tensor.AsSpan<ushort>()[index],
        TensorDataType.Int8 => tensor.AsSpan<sbyte>()[index],
        _ => tensor.Bytes[index],
    };
}
