using System.Buffers;

namespace Serve.OpenInference.Grpc.Wire;

/// <summary>Reads the fields of a message into what takes them up: where all of it is there at once, and where it arrives in pieces.</summary>
internal static class WireReader
{
    /// <summary>Fields up to here are waited for as a whole, beyond they are taken up as they arrive where they can be. Less than any window of HTTP/2 or of the hop.</summary>
    public const int SmallField = 16 << 10;

    /// <summary>The most bytes of a field that can only be taken up as a whole: a name, an id, a parameter.</summary>
    private const int MaxWholeField = 1 << 20;

    /// <summary>Reads a message that is all there.</summary>
    public static void Read<TTarget>(TTarget target, ReadOnlySpan<byte> message)
        where TTarget : class, IFieldTarget
    {
        var read = ReadWhole(target, message, message.Length);
        if (read < message.Length)
            throw CutOff(target);
    }

    /// <summary>Reads a message that may not be there yet.</summary>
    public static async ValueTask ReadAsync(IFieldTarget target, MessageWindow window, int length)
    {
        while (length > 0)
        {
            var read = ReadWhole(target, window.First(length), length);
            window.Advance(read);
            length -= read;
            if (length > 0)
                length -= await ReadNextAsync(target, window, length);
        }
    }

    /// <summary>Takes up all fields at the beginning that are there as a whole, and says how many bytes they have.</summary>
    private static int ReadWhole<TTarget>(TTarget target, ReadOnlySpan<byte> data, int length)
        where TTarget : class, IFieldTarget
    {
        var read = 0;
        while (read < data.Length && WireField.TryRead(data[read..], target.Where, out var field))
        {
            if (field.Size > length - read)
                throw TooLong(target, field);
            if (field.Size > data.Length - read)
                break;
            target.Take(field, data.Slice(read + field.HeaderSize, field.PayloadSize));
            read += (int)field.Size;
        }

        return read;
    }

    /// <summary>Reads one field whose end is not in the first piece of what is there.</summary>
    private static async ValueTask<int> ReadNextAsync(IFieldTarget target, MessageWindow window, int length)
    {
        var headerSize = Math.Min(length, WireField.MaxHeaderSize);
        await window.EnsureAsync(headerSize);
        if (!WireField.TryRead(window.Peek(headerSize), target.Where, out var field))
            throw CutOff(target);
        if (field.Size > length)
            throw TooLong(target, field);
        if (field.Size <= SmallField)
        {
            await window.EnsureAsync((int)field.Size);
            target.Take(field, window.Peek((int)field.Size)[field.HeaderSize..]);
            window.Advance((int)field.Size);
            return (int)field.Size;
        }

        window.Advance(field.HeaderSize);
        if (field.Number > target.LastField)
            await window.SkipAsync(field.PayloadSize);
        else if (!await target.TakeLargeAsync(field, window))
            await TakeAtOnceAsync(target, field, window);
        return (int)field.Size;
    }

    private static async ValueTask TakeAtOnceAsync(IFieldTarget target, WireField field, MessageWindow window)
    {
        if (field.PayloadSize > MaxWholeField)
            throw new ServeException(ServeError.BadRequest, $"Field {field.Number} of {target.Where} has {field.PayloadSize} bytes; names, ids and parameters may have {MaxWholeField}.");
        var payload = ArrayPool<byte>.Shared.Rent(field.PayloadSize);
        try
        {
            await window.CopyToAsync(payload.AsMemory(0, field.PayloadSize));
            target.Take(field, payload.AsSpan(0, field.PayloadSize));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    private static ServeException CutOff(IFieldTarget target) => WireError.At(target.Where, "its last field is cut off");

    private static ServeException TooLong(IFieldTarget target, WireField field) =>
        WireError.At(target.Where, $"field {field.Number} has a length of {field.PayloadSize} bytes, which is beyond its end");
}
