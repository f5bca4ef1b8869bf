using Serve.OpenInference.Grpc.Wire;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>The fields of <c>InferTensorContents</c>, by their numbers.</summary>
internal enum ContentsField
{
    None = 0,
    Bool = 1,
    Int = 2,
    Int64 = 3,
    UInt = 4,
    UInt64 = 5,
    Float = 6,
    Double = 7,
    Bytes = 8,
}

/// <summary>What is known of each <see cref="ContentsField"/>.</summary>
internal static class ContentsFields
{
    private static readonly string[] Names =
        ["contents", "bool_contents", "int_contents", "int64_contents", "uint_contents", "uint64_contents", "fp32_contents", "fp64_contents", "bytes_contents"];

    public static string NameOf(ContentsField field) => Names[(int)field];

    /// <summary>Where the elements of a type stand; <see cref="ContentsField.None"/> for half precision, which goes raw only.</summary>
    public static ContentsField Of(TensorDataType type) => type switch
    {
        TensorDataType.Bool => ContentsField.Bool,
        TensorDataType.UInt8 or TensorDataType.UInt16 or TensorDataType.UInt32 => ContentsField.UInt,
        TensorDataType.UInt64 => ContentsField.UInt64,
        TensorDataType.Int8 or TensorDataType.Int16 or TensorDataType.Int32 => ContentsField.Int,
        TensorDataType.Int64 => ContentsField.Int64,
        TensorDataType.Float32 => ContentsField.Float,
        TensorDataType.Float64 => ContentsField.Double,
        TensorDataType.Bytes => ContentsField.Bytes,
        _ => ContentsField.None,
    };

    /// <summary>The bytes of an element in memory; 0 for <see cref="ContentsField.Bytes"/>.</summary>
    public static int SizeOf(ContentsField field) => field switch
    {
        ContentsField.Bool => 1,
        ContentsField.Int or ContentsField.UInt or ContentsField.Float => 4,
        ContentsField.Int64 or ContentsField.UInt64 or ContentsField.Double => 8,
        _ => 0,
    };

    /// <summary>How an element stands in a message.</summary>
    public static WireType WireTypeOf(ContentsField field) => field switch
    {
        ContentsField.Float => WireType.Fixed32,
        ContentsField.Double => WireType.Fixed64,
        ContentsField.Bytes => WireType.Bytes,
        _ => WireType.Varint,
    };
}
