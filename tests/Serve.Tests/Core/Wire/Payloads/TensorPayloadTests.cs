using Serve.Tensors;
using Serve.Wire.Payloads;

namespace Serve.Tests.Core.Wire.Payloads;

/// <summary>Tensors outside of the collected heap on their way between processes: they arrive as they were, and no memory stays behind whatever goes wrong.</summary>
[Collection(TensorMemoryCollection.Name)]
public sealed class TensorPayloadTests
{
    private readonly long _before = NativeMemoryPool.Shared.RentedBytes;

    [Theory]
    [InlineData(3)]
    [InlineData(200_000)]
    public async Task Tensor_OfAnySize_ArrivesAsItWas(int count)
    {
        var tensor = Ramp(count);
        var bytes = PayloadBytes.Of(new Box("a", tensor));
        Should.Throw<ObjectDisposedException>(() => tensor.Memory, "A value's tensors are handed over.");
        using (var atOnce = PayloadBytes.ReadAtOnce<Box>(bytes)!)
            atOnce.Tensor!.AsSpan<float>()[count - 1].ShouldBe(count - 1);
        using (var box = (await PayloadReader.ReadValueAsync<Box>(PayloadBytes.Trickle(bytes, 4099), CancellationToken.None))!)
        {
            box.Tensor!.DataType.ShouldBe(TensorDataType.Float32);
            box.Tensor.Shape.ToArray().ShouldBe([1, count]);
            box.Tensor.AsSpan<float>()[count - 1].ShouldBe(count - 1);
        }

        NativeMemoryPool.Shared.RentedBytes.ShouldBe(_before);
    }

    [Fact]
    public void Texts_AndNull_ArriveAsTheyWere()
    {
        using var sent = TensorBuffer.CopyTexts(["a", "", "ünï"], 3);
        var bytes = PayloadBytes.OfArguments((sent, typeof(TensorBuffer)), (null, typeof(TensorBuffer)));
        var arguments = PayloadBytes.ReadArguments(bytes, typeof(TensorBuffer), typeof(TensorBuffer));
        using var texts = (TensorBuffer)arguments[0]!;
        texts.ReadTexts().ShouldBe(["a", "", "ünï"]);
        arguments[1].ShouldBeNull();
    }

    [Fact]
    public void Arguments_StayTheCallers_AndAreHeldUntilTheyWereSent()
    {
        var tensor = Ramp(100_000);
        using (var payload = PayloadWriter.Rent())
        {
            payload.AddArguments([tensor], PayloadBytes.Infos([typeof(TensorBuffer)]));
            tensor.Bytes.Length.ShouldBe(400_000);
            tensor.Dispose();
            NativeMemoryPool.Shared.RentedBytes.ShouldBeGreaterThan(_before, "What is still to be sent must not go to others.");
        }

        NativeMemoryPool.Shared.RentedBytes.ShouldBe(_before);
    }

    [Theory]
    [InlineData("""{"buffer":0,"type":"FP32","shape":[3]}""", "are no tensor of FP32 [3]")]
    [InlineData("""{"buffer":0,"type":"FP32","shape":[-2]}""", "are no tensor of FP32 [-2]")]
    [InlineData("""{"buffer":0,"type":"FP32","shape":[4611686018427387904,4]}""", "are no tensor of FP32")]
    [InlineData("""{"buffer":0,"type":"FP33","shape":[2]}""", "has the type 'FP33', which is none")]
    [InlineData("""{"buffer":0,"shape":[2]}""", "has the type '', which is none")]
    [InlineData("""{"buffer":0,"type":"FP32"}""", "has no shape")]
    [InlineData("""{"buffer":1,"type":"FP32","shape":[2]}""", "refers to buffer 1")]
    public void Head_ThatIsWrong_IsRefusedAndLeavesNothing(string json, string reason)
    {
        Should.Throw<Exception>(() => PayloadBytes.ReadAtOnce<TensorBuffer>(Raw(json, 8))).Message.ShouldContain(reason);
        NativeMemoryPool.Shared.RentedBytes.ShouldBe(_before);
    }

    [Theory]
    [InlineData("""[{"buffer":0,"type":"FP32","shape":[2]},{"buffer":0,"type":"FP32","shape":[2]}]""")]
    [InlineData("""[{"buffer":0,"type":"FP32","shape":[2]},7]""")]
    [InlineData("""[{"buffer":0,"type":"FP32","shape":[2]}""")]
    public void List_ThatIsWrongBehindATensor_LeavesNothing(string json)
    {
        Should.Throw<Exception>(() => PayloadBytes.ReadAtOnce<List<TensorBuffer>>(Raw(json, 8)));
        NativeMemoryPool.Shared.RentedBytes.ShouldBe(_before);
    }

    [Fact]
    public async Task Bytes_ThatEndTooEarly_LeaveNothing()
    {
        var whole = Raw("""{"buffer":0,"type":"UINT8","shape":[100000]}""", 100_000);
        foreach (var length in new[] { whole.Length - 1, whole.Length - 99_999 })
        {
            Should.Throw<EndOfStreamException>(() => PayloadBytes.ReadAtOnce<TensorBuffer>(whole[..length]));
            await Should.ThrowAsync<EndOfStreamException>(async () => await PayloadReader.ReadValueAsync<TensorBuffer>(PayloadBytes.Trickle(whole[..length], 1000), CancellationToken.None));
        }

        NativeMemoryPool.Shared.RentedBytes.ShouldBe(_before);
    }

    private static TensorBuffer Ramp(int count) => TensorBuffer.Copy<float>(TensorDataType.Float32, [.. Enumerable.Range(0, count)], 1, count);

    private static byte[] Raw(string json, int buffer)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes(text.Length), .. BitConverter.GetBytes(1), .. BitConverter.GetBytes((long)buffer), .. text, .. new byte[buffer]];
    }

    private sealed record Box(string Name, TensorBuffer? Tensor) : IDisposable
    {
        public void Dispose() => Tensor?.Dispose();
    }
}
