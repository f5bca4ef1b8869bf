using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Serve.OpenInference.Grpc.Wire;
using Serve.Tensors;

namespace Serve.OpenInference.Grpc.Reading;

/// <summary>
/// An <c>InferTensorContents</c> that is being read: the elements are put one behind the other as the tensor will have them, whatever stands before or after them in the message. Only those of 8 and 16 bits
/// are made narrow at the end, in place.
/// </summary>
internal sealed class ContentsDraft : IFieldTarget, IDisposable
{
    public string Where => "contents";

    public int LastField => (int)ContentsField.Bytes;

    /// <summary>Where the elements stand.</summary>
    public ContentsField Kind { get; private set; }

    /// <summary>How many elements there are.</summary>
    public int Count { get; private set; }

    public ElementMemory Memory { get; } = new();

    /// <summary>How many elements the shape asks for, or -1 where that is not known yet.</summary>
    public int Expected { get; set; } = -1;

    public void Take(in WireField field, ReadOnlySpan<byte> payload)
    {
        if (field.Number > LastField)
            return;
        var kind = (ContentsField)field.Number;
        if (kind != ContentsField.Bytes && field.Type == WireType.Bytes)
        {
            TakePacked(kind, payload);
            return;
        }

        field.Expect(ContentsFields.WireTypeOf(kind), ContentsFields.NameOf(kind));
        Begin(kind);
        if (kind == ContentsField.Bytes)
            payload.CopyTo(AddText(payload.Length).Span);
        else
            Store(kind, Extend(kind, 1).Span, field.Value);
    }

    public async ValueTask<bool> TakeLargeAsync(WireField field, MessageWindow window)
    {
        var kind = (ContentsField)field.Number;
        field.Expect(WireType.Bytes, ContentsFields.NameOf(kind));
        Begin(kind);
        if (kind == ContentsField.Bytes)
            await window.CopyToAsync(AddText(field.PayloadSize));
        else if (ContentsFields.WireTypeOf(kind) == WireType.Varint)
            await TakeNumbersAsync(kind, window, field.PayloadSize);
        else
            await window.CopyToAsync(Extend(kind, CountFixed(kind, field.PayloadSize)));
        return true;
    }

    public void Dispose()
    {
        Memory.Dispose();
        (Kind, Count, Expected) = (ContentsField.None, 0, -1);
    }

    private void TakePacked(ContentsField kind, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return;
        Begin(kind);
        if (ContentsFields.WireTypeOf(kind) == WireType.Varint)
        {
            if (TakeNumbers(kind, payload, expected: 0) is var read && read < payload.Length)
                throw Count == Expected ? TooMany(kind) : CutOff(kind);
        }
        else
        {
            payload.CopyTo(Extend(kind, CountFixed(kind, payload.Length)).Span);
        }
    }

    private async ValueTask TakeNumbersAsync(ContentsField kind, MessageWindow window, int length)
    {
        // A number has a byte at least, so a shape is believed no further than the message goes.
        var expected = Math.Max(0, Math.Min(Expected, Count + (long)length)) * ContentsFields.SizeOf(kind);
        while (length > 0)
        {
            var read = TakeNumbers(kind, window.First(length), expected);
            if (read == 0)
            {
                var size = Math.Min(length, Varint.MaxSize);
                await window.EnsureAsync(size);
                read = TakeNumber(kind, window.Peek(size));
            }

            window.Advance(read);
            length -= read;
        }
    }

    /// <summary>Takes up all numbers that are there as a whole, but no more than the shape asks for, and says how many bytes they have.</summary>
    private int TakeNumbers(ContentsField kind, ReadOnlySpan<byte> packed, long expected)
    {
        if (Count == Expected && !packed.IsEmpty)
            throw TooMany(kind);
        var count = Varint.CountEnds(packed);
        if (count == 0 && packed.Length < Varint.MaxSize)
            return 0;
        if (Expected >= 0)
            count = Math.Min(count, Expected - Count);
        Count += count;
        var size = ContentsFields.SizeOf(kind);
        var target = Memory.Extend((long)count * size, expected).Span;
        return size switch
        {
            sizeof(byte) => Decode(kind, packed, target),
            sizeof(uint) => Decode(kind, packed, MemoryMarshal.Cast<byte, uint>(target)),
            _ => Decode(kind, packed, MemoryMarshal.Cast<byte, ulong>(target)),
        };
    }

    private static int Decode<T>(ContentsField kind, ReadOnlySpan<byte> packed, Span<T> target)
        where T : unmanaged
    {
        var read = 0;
        for (var i = 0; i < target.Length; i++)
        {
            ulong value = packed[read];
            if (value < 0x80)
                read++;
            else
                read += ReadLong(kind, packed[read..], out value);
            if (typeof(T) == typeof(byte))
                target[i] = Unsafe.BitCast<byte, T>(value != 0 ? (byte)1 : (byte)0);
            else if (typeof(T) == typeof(uint))
                target[i] = Unsafe.BitCast<uint, T>((uint)value);
            else
                target[i] = Unsafe.BitCast<ulong, T>(value);
        }

        // Without an end there is no number, only something too long for one.
        return target.IsEmpty ? ReadLong(kind, packed, out _) : read;
    }

    private int TakeNumber(ContentsField kind, ReadOnlySpan<byte> packed)
    {
        if (Varint.CountEnds(packed) == 0 && packed.Length < Varint.MaxSize)
            throw CutOff(kind);
        var size = ReadLong(kind, packed, out var value);
        Store(kind, Extend(kind, 1).Span, value);
        return size;
    }

    private static int ReadLong(ContentsField kind, ReadOnlySpan<byte> packed, out ulong value)
    {
        _ = Varint.TryRead(packed, out value, out var size);
        return size > 0 ? size : throw WireError.At(ContentsFields.NameOf(kind), $"a number has more than {Varint.MaxSize} bytes");
    }

    private static void Store(ContentsField kind, Span<byte> target, ulong value)
    {
        if (kind == ContentsField.Bool)
            target[0] = value != 0 ? (byte)1 : (byte)0;
        else if (ContentsFields.SizeOf(kind) == sizeof(uint))
            BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(target, value);
    }

    private void Begin(ContentsField kind)
    {
        if (Kind != ContentsField.None && Kind != kind)
            throw new ServeException(ServeError.BadRequest, $"An input has elements both in {ContentsFields.NameOf(Kind)} and in {ContentsFields.NameOf(kind)}.");
        Kind = kind;
    }

    /// <exception cref="ServeException">The shape asks for fewer.</exception>
    private void CountMore(ContentsField kind, int count)
    {
        if (Expected >= 0 && (long)Count + count > Expected)
            throw TooMany(kind);
        Count += count;
    }

    private ServeException TooMany(ContentsField kind) =>
        TensorRules.Wrong($"inputs.contents.{ContentsFields.NameOf(kind)} of '{TensorRules.Shorten(Memory.Where)}' has more than the {Expected} elements that its shape asks for.");

    private static ServeException CutOff(ContentsField kind) => WireError.At(ContentsFields.NameOf(kind), "the last number is cut off");

    private Memory<byte> Extend(ContentsField kind, int count)
    {
        CountMore(kind, count);
        return Memory.Extend((long)count * ContentsFields.SizeOf(kind));
    }

    private Memory<byte> AddText(int length)
    {
        CountMore(ContentsField.Bytes, 1);
        var element = Memory.Extend((long)BytesElements.LengthSize + length);
        BinaryPrimitives.WriteUInt32LittleEndian(element.Span, (uint)length);
        return element[BytesElements.LengthSize..];
    }

    private static int CountFixed(ContentsField kind, int length)
    {
        var (count, rest) = Math.DivRem(length, ContentsFields.SizeOf(kind));
        return rest == 0 ? count : throw WireError.At(ContentsFields.NameOf(kind), $"{length} bytes are no whole number of elements");
    }
}
