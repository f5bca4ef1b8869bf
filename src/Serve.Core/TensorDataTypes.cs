using System.Collections.Frozen;

namespace Serve;

/// <summary>What is known of each <see cref="TensorDataType"/>: its name in the Open Inference Protocol and its size.</summary>
public static class TensorDataTypes
{
    private static readonly string[] Names = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"];

    private static readonly byte[] Sizes = [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0];

    private static readonly FrozenDictionary<string, TensorDataType> ByName =
        Names.Select(static (name, index) => KeyValuePair.Create(name, (TensorDataType)index)).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All names, in the order of the enum.</summary>
    public static IReadOnlyList<string> AllNames => Names;

    /// <summary>The name in the protocol, such as <c>FP32</c>.</summary>
    /// <param name="type">The type.</param>
    public static string NameOf(TensorDataType type) => Names[(int)type];

    /// <summary>Finds a type by its name in the protocol, in capitals as the protocol has it.</summary>
    /// <param name="name">Such as <c>FP32</c>.</param>
    /// <param name="type">The type that has this name.</param>
    public static bool TryParse(string name, out TensorDataType type) => ByName.TryGetValue(name, out type);

    /// <summary>The bytes of one element; 0 for <see cref="TensorDataType.Bytes"/>, whose elements have each their own length.</summary>
    /// <param name="type">The type.</param>
    public static int SizeOf(TensorDataType type) => Sizes[(int)type];

    /// <summary>Whether the elements of a tensor may be seen as this type of .NET. Half precision is also what <c>ushort</c> holds, since .NET has no name for the one of ONNX.</summary>
    internal static bool IsSeenAs<T>(TensorDataType type)
        where T : unmanaged => type switch
        {
            TensorDataType.Bool => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
            TensorDataType.UInt8 or TensorDataType.Bytes => typeof(T) == typeof(byte),
            TensorDataType.UInt16 => typeof(T) == typeof(ushort),
            TensorDataType.UInt32 => typeof(T) == typeof(uint),
            TensorDataType.UInt64 => typeof(T) == typeof(ulong),
            TensorDataType.Int8 => typeof(T) == typeof(sbyte),
            TensorDataType.Int16 => typeof(T) == typeof(short),
            TensorDataType.Int32 => typeof(T) == typeof(int),
            TensorDataType.Int64 => typeof(T) == typeof(long),
            TensorDataType.Float16 => typeof(T) == typeof(Half) || typeof(T) == typeof(ushort),
            TensorDataType.BFloat16 => typeof(T) == typeof(ushort),
            TensorDataType.Float32 => typeof(T) == typeof(float),
            _ => typeof(T) == typeof(double),
        };
}
