using System.IO.Pipelines;
using System.Text.Json.Serialization.Metadata;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>Payloads as bytes, for tests.</summary>
internal static class PayloadBytes
{
    public static byte[] Of<T>(T value)
    {
        using var payload = PayloadWriter.Rent();
        payload.AddValue(value);
        return ToArray(payload);
    }

    public static byte[] OfArguments(params (object? Value, Type Type)[] arguments)
    {
        using var payload = PayloadWriter.Rent();
        payload.AddArguments([.. arguments.Select(pair => pair.Value)], Infos(arguments.Select(pair => pair.Type)));
        return ToArray(payload);
    }

    public static byte[] ToArray(PayloadWriter payload)
    {
        var bytes = new List<byte>();
        for (var cursor = 0; payload.TryGetNext(ref cursor, out var piece);)
            bytes.AddRange(piece.Span);
        bytes.Count.ShouldBe((int)payload.Length, "Length must say how much there is.");
        return [.. bytes];
    }

    /// <summary>Reads a value at once, and once more from bytes that come in pieces; insists that nothing is left over.</summary>
    public static async Task<T?> ReadAsync<T>(byte[] bytes, int piece = 7)
    {
        ReadAtOnce<T>(bytes);
        var input = Trickle(bytes, piece);
        var value = await PayloadReader.ReadValueAsync<T>(input, CancellationToken.None);
        (await input.ReadAsync()).Buffer.IsEmpty.ShouldBeTrue("The reader must read all of it.");
        return value;
    }

    public static T? ReadAtOnce<T>(byte[] bytes)
    {
        ReadOnlySpan<byte> left = bytes;
        var value = PayloadReader.ReadValue<T>(ref left);
        left.Length.ShouldBe(0, "The reader must read all of it.");
        return value;
    }

    public static object?[] ReadArguments(byte[] bytes, params Type[] types)
    {
        ReadOnlySpan<byte> left = bytes;
        var arguments = new object?[types.Length];
        PayloadReader.ReadArguments(ref left, Infos(types), arguments);
        left.Length.ShouldBe(0, "The reader must read all of it.");
        return arguments;
    }

    public static Task<T?> TravelAsync<T>(T value) => ReadAsync<T>(Of(value), piece: 4099);

    /// <summary>A pipe that gives its bytes in pieces, as a network does.</summary>
    public static PipeReader Trickle(byte[] bytes, int piece) => PipeReader.Create(new TrickleStream(bytes, piece));

    public static JsonTypeInfo?[] Infos(IEnumerable<Type> types) => [.. types.Select(PayloadOptions.Json.GetTypeInfo)];
}
