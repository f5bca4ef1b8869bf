using Serve.Wire;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>Payloads as bytes, for tests.</summary>
internal static class PayloadBytes
{
    public static Task<byte[]> OfAsync<T>(T value) => WriteAsync(Payload.OfValue(value, typeof(T)), kind: null);

    public static Task<byte[]> OfArgumentsAsync(params (object? Value, Type Type)[] arguments) =>
        WriteAsync(Payload.OfArguments(arguments.Select(pair => pair.Value).ToArray(), [.. arguments.Select(pair => pair.Type)]), kind: null);

    public static async Task<byte[]> WriteAsync(Payload payload, StreamItem? kind)
    {
        using (payload)
        {
            var stream = new MemoryStream();
            await payload.WriteToAsync(stream, kind, CancellationToken.None);
            stream.Length.ShouldBe(payload.Length + (kind is null ? 0 : 1), "Length must say how much is written.");
            return stream.ToArray();
        }
    }

    /// <summary>Reads a value and insists that nothing is left over.</summary>
    public static async Task<T?> ReadAsync<T>(byte[] bytes)
    {
        var stream = new MemoryStream(bytes);
        var value = await PayloadReader.ReadValueAsync<T>(stream, CancellationToken.None);
        stream.Position.ShouldBe(stream.Length, "The reader must read all of it.");
        return value;
    }

    public static async Task<T?> TravelAsync<T>(T value) => await ReadAsync<T>(await OfAsync(value));
}
