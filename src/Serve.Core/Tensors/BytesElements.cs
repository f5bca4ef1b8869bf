using System.Buffers.Binary;

namespace Serve.Tensors;

/// <summary>
/// The elements of a BYTES tensor in their raw form: each is its length, 4 bytes little-endian, and then its bytes:
/// <c>02 00 00 00 'h' 'i' 00 00 00 00</c> are "hi" and "".
/// </summary>
internal ref struct BytesElements(ReadOnlySpan<byte> raw)
{
    public const int LengthSize = sizeof(uint);

    private ReadOnlySpan<byte> _rest = raw;

    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>What has not been looked at yet; after a false from <see cref="MoveNext"/>, nothing or what makes no element.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool MoveNext()
    {
        if (_rest.Length < LengthSize || BinaryPrimitives.ReadUInt32LittleEndian(_rest) is var length && length > _rest.Length - LengthSize)
            return false;
        Current = _rest.Slice(LengthSize, (int)length);
        _rest = _rest[(LengthSize + (int)length)..];
        return true;
    }

    /// <summary>What is wrong with the raw form of so many elements, or null.</summary>
    public static string? WhatIsWrong(ReadOnlySpan<byte> raw, int count)
    {
        var elements = new BytesElements(raw);
        var found = 0;
        while (found < count && elements.MoveNext())
            found++;
        if (found < count)
            return $"has {found} whole elements in its {raw.Length} bytes; its shape asks for {count}";
        return elements.Rest.IsEmpty ? null : $"has {elements.Rest.Length} bytes left after its {count} elements";
    }
}
