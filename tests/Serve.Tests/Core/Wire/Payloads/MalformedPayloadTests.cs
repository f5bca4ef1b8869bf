using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>A reader of payloads throws what its callers expect of a bad payload, and nothing else, and never takes memory for data that can't be there.</summary>
public sealed class MalformedPayloadTests
{
    public static TheoryData<long[]> ImpossibleLengths =>
    [
        [-1], [long.MinValue], [long.MaxValue], [PayloadOptions.MaxLength + 1], [PayloadOptions.MaxBufferLength + 1L], [1_500_000_000, 1_500_000_000, 1_500_000_000],
    ];

    [Fact]
    public async Task Read_CutOffAtAnyByte_IsTheEndOfTheStream()
    {
        var bytes = PayloadBytes.Of(Node.Random(new Random(5), depth: 2));
        for (var length = 0; length < bytes.Length; length++)
        {
            var cut = bytes[..length];
            Should.Throw<EndOfStreamException>(() => PayloadBytes.ReadAtOnce<Node>(cut));
            await Should.ThrowAsync<EndOfStreamException>(() => PayloadReader.ReadValueAsync<Node>(PayloadBytes.Trickle(cut, piece: 100), CancellationToken.None).AsTask());
        }
    }

    [Fact]
    public async Task Read_RandomlyChangedBytes_IsAValueOrAnExpectedException()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var bytes = PayloadBytes.Of(Node.Random(new Random(seed % 50), depth: 1));
            var json = 8 + 8 * BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                // Not the upper bytes of the lengths: a test should not reserve gigabytes.
                var at = random.Next(3) == 0 ? 8 * random.Next(json / 8) : random.Next(json, bytes.Length);
                bytes[at] = (byte)random.Next(256);
            }

            try
            {
                await PayloadReader.ReadValueAsync<Node>(PayloadBytes.Trickle(bytes, piece: seed % 2 == 0 ? 5 : bytes.Length), CancellationToken.None);
            }
            catch (Exception exception)
            {
                (exception is JsonException or InvalidDataException or EndOfStreamException).ShouldBeTrue($"seed {seed}: {exception}");
            }
        }
    }

    [Theory]
    [InlineData(PayloadOptions.MaxJsonLength + 1u, 0u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(2u, RawBuffers.MaxCount + 1u)]
    [InlineData(2u, uint.MaxValue)]
    public Task Read_AnnouncedSizesOverTheBounds_AreRefusedWithoutMemory(uint json, uint buffers)
    {
        var bytes = new byte[100];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, json);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), buffers);
        return RefusedWithoutMemoryAsync<string>(bytes);
    }

    [Theory]
    [MemberData(nameof(ImpossibleLengths))]
    public Task Read_BufferLengthsOverTheBounds_AreRefusedWithoutMemory(long[] lengths) => RefusedWithoutMemoryAsync<byte[]>(Bytes("0", lengths));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("-1", 1)]
    [InlineData("2147483647", 1)]
    [InlineData("0", 0)]
    public Task Read_BufferThatIsNotThere_IsRefused(string json, int count) => RefusedAsync<int[]>(Bytes(json, [.. Enumerable.Repeat(4L, count)]), "which it does not have");

    [Fact]
    public Task Read_BufferUsedTwice_IsRefused() => RefusedAsync<int[][]>(Bytes("[0,0]", 4), "has used already");

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public Task Read_LengthThatIsNoMultipleOfTheElement_IsRefused(long length) => RefusedAsync<int[]>(Bytes("0", length), "no multiple of the 4 bytes of Int32");

    [Theory]
    [InlineData("[]")]
    [InlineData("\"0\"")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("{\"buffer\":0}")]
    [InlineData("")]
    [InlineData("0 0")]
    [InlineData("\u0000")]
    public Task Read_JsonThatIsNoBuffer_IsRefused(string json) => NotConvertedAsync<int[]>(Bytes(json, 4));

    [Theory]
    [InlineData("{\"buffer\":0,\"shape\":[3]}")]
    [InlineData("{\"buffer\":0,\"shape\":[-1]}")]
    [InlineData("{\"buffer\":0,\"shape\":[99999,99999]}")]
    [InlineData("{\"buffer\":0,\"shape\":null}")]
    [InlineData("{\"buffer\":0}")]
    [InlineData("{\"buffer\":\"0\",\"shape\":[2]}")]
    [InlineData("{\"buffer\":0,\"shape\":[1.5]}")]
    [InlineData("0")]
    [InlineData("[]")]
    public Task Read_TensorWhoseShapeIsWrong_IsRefused(string json) => NotConvertedAsync<Tensor<int>>(Bytes(json, 8));

    [Fact]
    public Task Read_NullForAValue_IsRefused() => NotConvertedAsync<Memory<int>>(Bytes("null"));

    [Fact]
    public Task Read_DeepNesting_IsRefused() => NotConvertedAsync<JsonElement>(Bytes(new string('[', 5000) + new string(']', 5000)));

    [Theory]
    [InlineData("[1]", "1 arguments were sent, 2 are needed.")]
    [InlineData("[]", "0 arguments were sent, 2 are needed.")]
    [InlineData("[1,2,3]", "More than 2 arguments were sent.")]
    [InlineData("{}", "The arguments are not a list.")]
    [InlineData("5", "The arguments are not a list.")]
    [InlineData("[1,2]]", null)]
    [InlineData("[1,2] 3", null)]
    [InlineData("[1,", null)]
    [InlineData("[1,\"x\"]", null)]
    [InlineData("", null)]
    public void ReadArguments_WrongListOfThem_IsRefused(string json, string? message)
    {
        var exception = Should.Throw<Exception>(() => PayloadBytes.ReadArguments(Bytes(json), typeof(int), typeof(int)));
        exception.ShouldBeAssignableTo<JsonException>();
        if (message is not null)
            exception.Message.ShouldBe(message);
    }

    /// <summary>A payload of this JSON and buffers of zeros; buffers over 100 bytes are announced only.</summary>
    private static byte[] Bytes(string json, params long[] lengths)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[8 + 8 * lengths.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), lengths.Length);
        for (var i = 0; i < lengths.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 + 8 * i), lengths[i]);
        return [.. bytes, .. text, .. new byte[lengths.Where(length => length is > 0 and <= 100).Sum()]];
    }

    private static async Task RefusedAsync<T>(byte[] bytes, string because) =>
        (await Should.ThrowAsync<InvalidDataException>(() => PayloadBytes.ReadAsync<T>(bytes))).Message.ShouldContain(because);

    private static async Task NotConvertedAsync<T>(byte[] bytes) =>
        (await Should.ThrowAsync<Exception>(() => PayloadBytes.ReadAsync<T>(bytes))).ShouldBeAssignableTo<JsonException>();

    private static async Task RefusedWithoutMemoryAsync<T>(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        await Should.ThrowAsync<InvalidDataException>(async () => await PayloadReader.ReadValueAsync<T>(PayloadBytes.Trickle(bytes, piece: 50), CancellationToken.None));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }
}
