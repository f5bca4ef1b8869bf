using System.Buffers.Binary;
using System.Text.Json;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>Takes the elements of a tensor one after the other out of JSON.</summary>
internal interface IElementSink
{
    /// <summary>How many it has taken.</summary>
    int Count { get; }

    /// <summary>Takes the value that the reader stands on.</summary>
    /// <returns>False where it is none of the tensor's type.</returns>
    bool TryAdd(ref Utf8JsonReader reader);
}

/// <summary>How a value of a type stands in JSON.</summary>
internal interface IElementFormat<T>
    where T : unmanaged
{
    static abstract bool TryRead(ref Utf8JsonReader reader, out T value);
}

/// <summary>Elements of one size.</summary>
internal ref struct NumberSink<T, TFormat>(Span<T> target) : IElementSink
    where T : unmanaged
    where TFormat : struct, IElementFormat<T>
{
    private readonly Span<T> _target = target;

    public int Count { get; private set; }

    public bool TryAdd(ref Utf8JsonReader reader)
    {
        if (!TFormat.TryRead(ref reader, out _target[Count]))
            return false;
        Count++;
        return true;
    }
}

/// <summary>Texts, each with its length before it.</summary>
internal ref struct TextSink(Span<byte> target) : IElementSink
{
    private readonly Span<byte> _target = target;

    public int Count { get; private set; }

    /// <summary>The bytes that the texts have, with their lengths.</summary>
    public int Written { get; private set; }

    public bool TryAdd(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
            return false;
        var place = _target[Written..];
        var length = reader.CopyString(place[BytesElements.LengthSize..]);
        BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)length);
        Written += BytesElements.LengthSize + length;
        Count++;
        return true;
    }
}
