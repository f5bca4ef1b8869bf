namespace Serve;

/// <summary>What the elements of a <see cref="TensorBuffer"/> are: the datatypes of the Open Inference Protocol.</summary>
public enum TensorDataType
{
    /// <summary>True or false, a byte each (<c>BOOL</c>).</summary>
    Bool,

    /// <summary>8 bits without sign (<c>UINT8</c>).</summary>
    UInt8,

    /// <summary>16 bits without sign (<c>UINT16</c>).</summary>
    UInt16,

    /// <summary>32 bits without sign (<c>UINT32</c>).</summary>
    UInt32,

    /// <summary>64 bits without sign (<c>UINT64</c>).</summary>
    UInt64,

    /// <summary>8 bits with sign (<c>INT8</c>).</summary>
    Int8,

    /// <summary>16 bits with sign (<c>INT16</c>).</summary>
    Int16,

    /// <summary>32 bits with sign (<c>INT32</c>).</summary>
    Int32,

    /// <summary>64 bits with sign (<c>INT64</c>).</summary>
    Int64,

    /// <summary>IEEE half precision, 16 bits (<c>FP16</c>).</summary>
    Float16,

    /// <summary>The upper half of a single: 8 bits of exponent, 7 of fraction (<c>BF16</c>).</summary>
    BFloat16,

    /// <summary>IEEE single precision (<c>FP32</c>).</summary>
    Float32,

    /// <summary>IEEE double precision (<c>FP64</c>).</summary>
    Float64,

    /// <summary>Texts or other strings of bytes, each with its own length (<c>BYTES</c>).</summary>
    Bytes,
}
