using System.Text;
using System.Text.Json;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

public sealed class PayloadRoundTripTests
{
    public static TheoryData<Array> Arrays =>
    [
        new byte[] { 0, 255 }, new sbyte[] { sbyte.MinValue, 127 }, new[] { short.MinValue, short.MaxValue }, new[] { ushort.MaxValue }, new[] { int.MinValue, int.MaxValue }, new[] { uint.MaxValue },
        new[] { long.MinValue, long.MaxValue }, new[] { ulong.MaxValue }, new[] { Half.Epsilon, Half.NaN }, new[] { float.NaN, float.NegativeInfinity, -0f, float.Epsilon },
        new[] { double.PositiveInfinity, double.MaxValue }, new[] { true, false }, new[] { 'x', '日' }, new[] { decimal.MaxValue, 0.1m }, new[] { "a", null, "" }, new[] { DateTime.UnixEpoch },
        new[] { Guid.Empty }, new[] { Int128.MaxValue }, Array.Empty<byte>(), Array.Empty<double>(), Array.Empty<string>(), new[] { [1, 2], Array.Empty<int>(), [3] },
    ];

    [Theory]
    [MemberData(nameof(Arrays))]
    public void Array_OfAnyElement_ArrivesAsItWas(Array array)
    {
        var bytes = PayloadBytes.OfArguments((array, array.GetType()));
        var arguments = PayloadBytes.ReadArguments(bytes, array.GetType());
        arguments.ShouldHaveSingleItem().ShouldBe(array);
    }

    [Fact]
    public async Task Numbers_ThatJsonHasNot_Arrive()
    {
        (await PayloadBytes.TravelAsync(double.NaN)).ShouldBe(double.NaN);
        (await PayloadBytes.TravelAsync(float.NegativeInfinity)).ShouldBe(float.NegativeInfinity);
        (await PayloadBytes.TravelAsync(Half.PositiveInfinity)).ShouldBe(Half.PositiveInfinity);
        (await PayloadBytes.TravelAsync((ulong.MaxValue, long.MinValue, decimal.MinValue, double.Epsilon))).ShouldBe((ulong.MaxValue, long.MinValue, decimal.MinValue, double.Epsilon));
    }

    [Fact]
    public async Task NaN_InAnArray_KeepsItsBits()
    {
        var odd = BitConverter.Int32BitsToSingle(0x7FC0_1234);
        BitConverter.SingleToInt32Bits((await PayloadBytes.TravelAsync(new[] { odd }))![0]).ShouldBe(0x7FC0_1234);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"quoted\" \\ <tag> & '")]
    [InlineData("line\r\n\t\u0000\u0007\u2028")]
    [InlineData("äöü 日本語 😀 e\u0301")]
    public async Task Text_OfAnyKind_ArrivesAsItWas(string text) =>
        (await PayloadBytes.TravelAsync(new Dictionary<string, string> { [text] = text }))!.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create(text, text));

    [Fact]
    public async Task Text_ThatIsNoUnicode_ArrivesWithReplacements() => (await PayloadBytes.TravelAsync("a\ud83dz")).ShouldBe("a\ufffdz");

    [Fact]
    public async Task Tuple_WithArrays_KeepsItsValues()
    {
        var (number, text, rows, (inner, bytes)) = await PayloadBytes.TravelAsync((1, "two", new[] { new float[] { 3 }, [] }, (Inner: 4, Bytes: new byte[] { 5 })));
        (number, text, rows[0][0], rows[1].Length, inner, bytes[0]).ShouldBe((1, "two", 3f, 0, 4, (byte)5));
    }

    [Theory]
    [InlineData]
    [InlineData(0)]
    [InlineData(2, 0, 3)]
    [InlineData(2, 3)]
    [InlineData(1, 1, 1, 1, 1)]
    public async Task Tensor_OfAnyShape_ArrivesAsItWas(params int[] shape)
    {
        var sent = new Tensor<float>(shape);
        for (var i = 0; i < sent.Length; i++)
            sent.Span[i] = i - 0.5f;
        var received = (await PayloadBytes.TravelAsync(sent))!;
        received.Shape.ToArray().ShouldBe(shape);
        received.Data.ToArray().ShouldBe(sent.Data.ToArray());
    }

    [Fact]
    public async Task Memory_SliceOfALargerArray_SendsTheSliceOnly()
    {
        var array = Enumerable.Range(0, 100).ToArray();
        var bytes = PayloadBytes.Of<ReadOnlyMemory<int>>(array.AsMemory(10, 3));
        bytes.Length.ShouldBe(8 + 8 + 1 + 12);
        (await PayloadBytes.ReadAsync<Memory<int>>(bytes)).ToArray().ShouldBe([10, 11, 12]);
    }

    [Fact]
    public async Task Null_WhereverItMayBe_ArrivesAsNull()
    {
        (await PayloadBytes.TravelAsync<float[]?>(null)).ShouldBeNull();
        (await PayloadBytes.TravelAsync<Tensor<float>?>(null)).ShouldBeNull();
        (await PayloadBytes.TravelAsync<Memory<byte>?>(null)).ShouldBeNull();
        (await PayloadBytes.TravelAsync<int?>(null)).ShouldBeNull();
        (await PayloadBytes.TravelAsync<float[]?[]>([null, [1], null]))!.ShouldBe([null, [1f], null]);
    }

    [Fact]
    public async Task Arguments_OfDifferentTypes_ArriveInOrder()
    {
        Type[] types = [typeof(string), typeof(int[]), typeof(Tensor<byte>), typeof(double), typeof(byte[])];
        var bytes = PayloadBytes.OfArguments(("a", types[0]), (new[] { 1, 2 }, types[1]), (null, types[2]), (0.5, types[3]), ("z"u8.ToArray(), types[4]));
        object?[] expected = ["a", new[] { 1, 2 }, null, 0.5, "z"u8.ToArray()];
        PayloadBytes.ReadArguments(bytes, types).ShouldBe(expected);
        var inPieces = new object?[types.Length];
        await PayloadReader.ReadArgumentsAsync(PayloadBytes.Trickle(bytes, 3), PayloadBytes.Infos(types), inPieces, CancellationToken.None);
        inPieces.ShouldBe(expected);
        PayloadBytes.ReadArguments(PayloadBytes.OfArguments()).ShouldBeEmpty();
    }

    [Fact]
    public async Task LargeBuffers_ReadInSmallPieces_ArriveWhole()
    {
        var random = new Random(1);
        var sent = (Big: new double[300_000], Text: new string('x', 200_000), Bytes: new byte[1_000_003]);
        random.NextBytes(sent.Bytes);
        for (var i = 0; i < sent.Big.Length; i++)
            sent.Big[i] = random.NextDouble();
        var received = await PayloadBytes.TravelAsync(sent);
        received.Big.AsSpan().SequenceEqual(sent.Big).ShouldBeTrue();
        received.Text.ShouldBe(sent.Text);
        received.Bytes.AsSpan().SequenceEqual(sent.Bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Payload_ReadByteByByte_IsTheSame()
    {
        var bytes = PayloadBytes.Of(new Sent(new float[] { 1, 2 }, "text", [3]));
        var received = await PayloadBytes.ReadAsync<Sent>(bytes, piece: 1);
        received!.Numbers.ShouldBe([1f, 2f]);
        received.Bytes.ShouldBe("\u0003"u8.ToArray());
    }

    [Fact]
    public async Task Reader_WithoutUseForABuffer_SkipsItAndStaysInStep()
    {
        var bytes = PayloadBytes.Of(new Sent(new float[10_000], "text", [1, 2, 3]));
        var input = PayloadBytes.Trickle([.. bytes, .. bytes, .. PayloadBytes.Of("next")], piece: 100);
        (await PayloadReader.ReadValueAsync<OnlyText>(input, CancellationToken.None))!.Text.ShouldBe("text");
        (await PayloadReader.ReadValueAsync<OnlyBytes>(input, CancellationToken.None))!.Bytes.ShouldBe([1, 2, 3]);
        (await PayloadReader.ReadValueAsync<string>(input, CancellationToken.None)).ShouldBe("next");
        (await input.ReadAsync()).Buffer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Json_OfAPayload_IsReadable()
    {
        var bytes = PayloadBytes.Of(("ä <b>", JsonDocument.Parse("[1]").RootElement));
        Encoding.UTF8.GetString(bytes.AsSpan(8)).ShouldBe("""{"Item1":"ä <b>","Item2":[1]}""");
    }

    private sealed record Sent(float[] Numbers, string Text, byte[] Bytes);

    private sealed record OnlyText(string Text);

    private sealed record OnlyBytes(byte[] Bytes);
}
