using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

public sealed class PayloadLayoutTests
{
    /// <summary>Written by hand from the description in <see cref="PayloadWriter"/>.</summary>
    private static readonly byte[] Expected =
    [
        0x2B, 0, 0, 0, // 43 bytes of JSON
        2, 0, 0, 0, // 2 buffers
        4, 0, 0, 0, 0, 0, 0, 0, // the first of 4 bytes
        8, 0, 0, 0, 0, 0, 0, 0, // the second of 8 bytes
        .. """["x",0,{"buffer":1,"shape":[1,2]},null,1.5]"""u8,
        1, 0, 0xFF, 0xFF, // 1, −1
        0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, // 1.0, −2.0
    ];

    private static readonly Type[] Types = [typeof(string), typeof(short[]), typeof(Tensor<float>), typeof(string), typeof(double)];

    [Fact]
    public void Write_Arguments_HaveTheDocumentedLayout()
    {
        var bytes = PayloadBytes.OfArguments(
            ("x", Types[0]), (new short[] { 1, -1 }, Types[1]), (new Tensor<float>(new float[] { 1, -2 }, 1, 2), Types[2]), (null, Types[3]), (1.5, Types[4]));
        bytes.ShouldBe(Expected);
    }

    [Fact]
    public void Read_DocumentedLayout_IsUnderstood()
    {
        var arguments = PayloadBytes.ReadArguments(Expected, Types);
        arguments[0].ShouldBe("x");
        arguments[1].ShouldBe(new short[] { 1, -1 });
        ((Tensor<float>)arguments[2]!).Data.ToArray().ShouldBe([1f, -2f]);
        arguments[3].ShouldBeNull();
        arguments[4].ShouldBe(1.5);
    }

    [Fact]
    public void Write_ItemOfAStream_HasItsKindInFront()
    {
        using var payload = PayloadWriter.Rent();
        payload.AddItem(7);
        PayloadBytes.ToArray(payload).ShouldBe([1, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'7']);
    }

    [Fact]
    public void Write_ItemThatCannotBeWritten_LeavesTheOthers()
    {
        using var payload = PayloadWriter.Rent();
        payload.AddItem("one");
        var before = PayloadBytes.ToArray(payload);
        Should.Throw<NotSupportedException>(() => payload.AddItem<object>(new object[] { new byte[100_000], typeof(string) }));
        PayloadBytes.ToArray(payload).ShouldBe(before);
        payload.AddItem("two");
        PayloadBytes.ToArray(payload).Length.ShouldBe(2 * before.Length);
    }

    [Fact]
    public async Task Write_BuffersOfWideNumbers_AreSentAsTheyAre()
    {
        var sent = Enumerable.Range(0, 1_000_000).Select(number => (long)number << 20).ToArray();
        (await PayloadBytes.ReadAsync<long[]>(PayloadBytes.Of(sent), piece: 60_001)).AsSpan().SequenceEqual(sent).ShouldBeTrue();
    }
}
